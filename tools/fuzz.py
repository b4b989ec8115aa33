#!/usr/bin/env python3
"""Builds fuzz targets with libFuzzer and runs each for a while: fuzz.py [--seconds N] [TARGET...], all without one.

The seconds are those of a processor, so that a busy machine does not make a run shorter. Seeds come from
tests/corpus/<target>/, a dictionary from src/<folder>/<x>.dict for target <folder>_<x>_fuzz. New inputs gather in
build/fuzz/corpus/<target>/, inputs that fail in build/fuzz/found/, what libFuzzer says in build/fuzz/log/. `--record`
adds what was done to the table of docs/FUZZING.md. Exit status 1 if a target failed.
"""
import argparse
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from runner.process import environment

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/fuzz"
RECORD = ROOT / "docs/FUZZING.md"
ROW = re.compile(r"^\| `(\w+)` \| ([\d,]+) \| ([\d,.]+) \| ([\d,]+) \| ([\d,]+) \|$", re.MULTILINE)
COVERED = re.compile(r"cov: (\d+) .*?corp: (\d+)/")
RUNS = re.compile(r"^(?:Done |#)(\d+)\b", re.MULTILINE)
MOST_STARTS = 20


@dataclass
class Work:
    """What a target has done, added up; edges and inputs as they are at the end."""
    seconds: float = 0
    runs: int = 0
    edges: int = 0
    inputs: int = 0

    def row(self, name: str) -> str:
        return f"| `{name}` | {self.seconds / 60:,.0f} | {self.runs / 1e6:,.2f} | {self.edges:,} | {self.inputs:,} |"


def targets() -> dict[str, Path]:
    """Each target's name and its source; cmake/Folders.cmake names them so."""
    return {f"{source.parent.name}_{source.stem}": source for source in sorted(ROOT.glob("src/*/*_fuzz.cpp"))}


def command(name: str, source: Path) -> list:
    found = BUILD / "found"
    grown = BUILD / "corpus" / name
    for folder in (found, grown, BUILD / "log"):
        folder.mkdir(parents=True, exist_ok=True)
    words = [BUILD / "fuzz" / name, grown]
    seeds = ROOT / "tests/corpus" / name
    if seeds.is_dir():
        words.append(seeds)
    words += ["-timeout=10", "-rss_limit_mb=2048", "-verbosity=1", f"-artifact_prefix={found}/{name}-"]
    dictionary = source.with_name(source.name.removesuffix("_fuzz.cpp") + ".dict")
    if dictionary.exists():
        words.append(f"-dict={dictionary}")
    return words


def fuzz(name: str, source: Path, seconds: int) -> tuple[Work, bool]:
    """Again and again until it has had its seconds of a processor; false if it found something."""
    work = Work()
    words = command(name, source)
    for _ in range(MOST_STARTS):
        left = round(seconds - work.seconds)
        if left <= 0:
            break
        log = BUILD / "log" / f"{name}.log"
        with open(log, "wb") as file:
            child = subprocess.Popen(words + [f"-max_total_time={left}"], cwd=ROOT, env=environment(), stderr=file,
                                     stdout=file, stdin=subprocess.DEVNULL)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        text = log.read_text(errors="replace")
        work.seconds += used.ru_utime + used.ru_stime
        work.runs += max((int(runs) for runs in RUNS.findall(text)), default=0)
        if covered := COVERED.findall(text):
            work.edges, work.inputs = (int(number) for number in covered[-1])
        if child.returncode != 0:
            print(f"== {name} failed; the end of {log.relative_to(ROOT)}:\n{text[-3000:]}", flush=True)
            return work, False
    print(f"== {name}: {work.seconds:.0f} s, {work.runs} runs, {work.edges} edges, {work.inputs} inputs", flush=True)
    return work, True


def record(name: str, work: Work):
    """Into the table: minutes and runs are added; a target's row that is missing comes at its place."""
    text = RECORD.read_text()
    rows = {}
    for known, minutes, runs, edges, inputs in ROW.findall(text):
        number = [float(cell.replace(",", "")) for cell in (minutes, runs, edges, inputs)]
        rows[known] = Work(number[0] * 60, round(number[1] * 1e6), int(number[2]), int(number[3]))
    old = rows.get(name, Work())
    rows[name] = Work(old.seconds + work.seconds, old.runs + work.runs, work.edges, work.inputs)
    head, rest = text.split("|---|--:|--:|--:|--:|\n", 1)
    after = re.sub(r"\A(?:\|.*\n)*", "", rest)
    lines = [rows[known].row(known) for known in targets() if known in rows]
    RECORD.write_text(head + "|---|--:|--:|--:|--:|\n" + "\n".join(lines) + "\n" + after)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="of a processor, for each target; default 60")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="for the build, and targets side by side")
    parser.add_argument("--record", action="store_true", help="add it to docs/FUZZING.md")
    parser.add_argument("target", nargs="*")
    options = parser.parse_args()
    known = targets()
    wanted = options.target or list(known)
    if unknown := [name for name in wanted if name not in known]:
        print(f"no fuzz target {' '.join(unknown)}; there are: {' '.join(known) or 'none yet'}", file=sys.stderr)
        return 2
    if not wanted:
        print("there is no fuzz target (src/<folder>/<x>_fuzz.cpp) yet", file=sys.stderr)
        return 1
    subprocess.run(["cmake", "--build", BUILD, "-j", str(options.jobs), "--target", *wanted], check=True)
    lock = threading.Lock()

    def one(name: str) -> bool:
        work, passed = fuzz(name, known[name], options.seconds)
        if options.record:
            with lock:
                record(name, work)
        return passed

    with ThreadPoolExecutor(max_workers=options.jobs) as pool:
        failed = [name for name, passed in zip(wanted, pool.map(one, wanted)) if not passed]
    for name in failed:
        print(f"{name} failed; the input is in build/fuzz/found/: make it a seed in tests/corpus/{name}/ with the fix")
    print(f"{len(wanted) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
