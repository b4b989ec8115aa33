#!/usr/bin/env python3
"""Builds fuzz targets with libFuzzer and runs each for a while: fuzz.py [--seconds N] [TARGET...], all without one.

Seeds come from tests/corpus/<target>/, a dictionary from src/<folder>/<x>.dict for target <folder>_<x>_fuzz. New inputs
gather in build/fuzz/corpus/<target>/, inputs that fail in build/fuzz/found/. Exit status 1 if a target failed.
"""
import argparse
import os
import subprocess
import sys
from pathlib import Path

from runner.process import environment

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/fuzz"


def targets() -> dict[str, Path]:
    """Each target's name and its source; cmake/Folders.cmake names them so."""
    return {f"{source.parent.name}_{source.stem}": source for source in sorted(ROOT.glob("src/*/*_fuzz.cpp"))}


def fuzz(name: str, source: Path, seconds: int) -> bool:
    grown = BUILD / "corpus" / name
    found = BUILD / "found"
    grown.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    command = [BUILD / "fuzz" / name, grown]
    seeds = ROOT / "tests/corpus" / name
    if seeds.is_dir():
        command.append(seeds)
    command += [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=1",
                f"-artifact_prefix={found}/{name}-"]
    dictionary = source.with_name(source.name.removesuffix("_fuzz.cpp") + ".dict")
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    print(f"== {name}: {seconds} s", flush=True)
    return subprocess.run(command, cwd=ROOT, env=environment()).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="for each target; default 60")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="for the build")
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
    failed = [name for name in wanted if not fuzz(name, known[name], options.seconds)]
    for name in failed:
        print(f"{name} failed; the input is in build/fuzz/found/: make it a seed in tests/corpus/{name}/ with the fix")
    print(f"{len(wanted) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
