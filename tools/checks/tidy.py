"""clang-tidy (.clang-tidy) on what a change touches, within a bound that keeps CI quick; on all files with `--all`.

A source that sees RocksDB takes about 10 s, one that sees Asio 24 s. So the newest few are looked at, side by side, and
it says how many there are, so that it never looks as if all had been.
"""
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from checks.changed import changed_files
from checks.problem import Problem
from checks.tree import files

PROGRAM = "clang-tidy-19"
MOST_FILES = 6
MOST_SECONDS = 180
DIAGNOSTIC = re.compile(r"([^\s:][^:]*):(\d+):\d+: (?:error|warning): (.*)")


@dataclass
class Looked:
    source: str
    problems: list[Problem]
    finished: bool


def check(root: Path, everything: bool = False) -> list[Problem]:
    database = next((root / "build" / name for name in ("asan", "release", "debug")
                     if (root / "build" / name / "compile_commands.json").exists()), None)
    if database is None:
        return [Problem("CMakePresets.json", 1, "there is no compile_commands.json; run cmake --preset asan")]
    sources = files(root, "src/*.cpp", "tests/*.cpp") if everything else sources_of(root, changed_files(root))
    chosen = sources if everything else sources[:MOST_FILES]
    deadline = None if everything else time.monotonic() + MOST_SECONDS
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        looks = list(pool.map(lambda source: look(root, database, source, deadline), chosen))
    report(sources, looks)
    return sorted({problem for look in looks for problem in look.problems})


def sources_of(root: Path, changed: list[str]) -> list[str]:
    """A header is seen through its own source."""
    names = [name.removesuffix(".h") + ".cpp" if name.endswith(".h") else name for name in changed
             if name.startswith(("src/", "tests/"))]
    return [name for name in dict.fromkeys(names) if name.endswith(".cpp") and (root / name).is_file()]


def look(root: Path, database: Path, source: str, deadline: float | None) -> Looked:
    left = None if deadline is None else deadline - time.monotonic()
    if left is not None and left <= 0:
        return Looked(source, [], finished=False)
    try:
        run = subprocess.run([PROGRAM, "--quiet", "-p", database, root / source], cwd=root, capture_output=True,
                             text=True, timeout=left, check=False)
    except subprocess.TimeoutExpired:
        return Looked(source, [], finished=False)
    problems = []
    for line in run.stdout.splitlines():
        if match := DIAGNOSTIC.match(line):
            where = os.path.relpath(os.path.realpath(root / match[1]), os.path.realpath(root))
            problems.append(Problem(where, int(match[2]), f"{match[3]}; mend it, or NOLINT(name) with the reason"))
    if run.returncode != 0 and not problems:
        problems.append(Problem(source, 1, f"{PROGRAM} failed: {run.stderr.strip()}"))
    return Looked(source, problems, finished=True)


def report(sources: list[str], looks: list[Looked]) -> None:
    done = [look.source for look in looks if look.finished]
    print(f"     tidy: looked at {len(done)} of {len(sources)} sources: {' '.join(done) or 'none is changed'}")
    if late := [look.source for look in looks if not look.finished]:
        print(f"     tidy: not done within {MOST_SECONDS} s: {' '.join(late)}")
    if len(done) < len(sources):
        print("     tidy: `make tidy` looks at all")
