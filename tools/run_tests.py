#!/usr/bin/env python3
"""Runs all tests of a build and ends with the line `N passed, M failed` (and `, K skipped` if there are any).

Unit tests and transcripts (BUILD/tests/*_test), the fuzz targets' seeds (BUILD/fuzz/*), the tests of the checks
(tests/checks) and the whole server's tests (tests/e2e), which find the binary in the environment as YUBIN_BINARY.
Exit status: 0 all passed, 1 something failed or nothing was run, 2 usage.
"""
import argparse
import fnmatch
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.gtest import run_gtest
from runner.outcome import Outcome, closing_line
from runner.scripts import run_script
from runner.seeds import run_seeds

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("LSAN_OPTIONS", f"suppressions={ROOT}/tests/leaks.supp:print_suppressions=0")
Job = tuple[str, Callable[[], Outcome]]


def programs(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if path.is_file() and os.access(path, os.X_OK))


def side_by_side(build: Path) -> list[Job]:
    """Programs that share nothing."""
    binary = build / "yubin"
    jobs = [(path.name, lambda path=path: run_gtest(path, ROOT)) for path in programs(build / "tests", "*_test")]
    jobs += [(path.name, lambda path=path: run_seeds(path, ROOT)) for path in programs(build / "fuzz", "*_fuzz")]
    jobs += [(path.name, lambda path=path: run_script(path, ROOT, binary))
             for path in sorted((ROOT / "tests/checks").glob("test_*.py"))]
    return jobs


def one_by_one(build: Path) -> list[Job]:
    """Whole servers with real ports, which may be given the same ones."""
    binary = build / "yubin"
    return [(path.name, lambda path=path: run_script(path, ROOT, binary))
            for path in sorted((ROOT / "tests/e2e").glob("test_*.py"))]


def run_job(job: Job) -> Outcome:
    start = time.monotonic()
    outcome = job[1]()
    outcome.seconds = time.monotonic() - start
    print(outcome.line(), flush=True)
    return outcome


def run_all(build: Path, pattern: str, end_to_end: bool) -> list[Outcome]:
    def wanted(jobs: list[Job]) -> list[Job]:
        return [job for job in jobs if fnmatch.fnmatch(job[0], pattern)]

    together = [] if end_to_end else wanted(side_by_side(build))
    with ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        outcomes = list(pool.map(run_job, together))
    return outcomes + [run_job(job) for job in wanted(one_by_one(build))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build/asan", help="default: build/asan")
    parser.add_argument("--only", metavar="PATTERN", default="*",
                        help="programs and files whose name matches, such as 'smtp_*' or 'test_demo.py'")
    parser.add_argument("--end-to-end", action="store_true", help="the whole server's tests alone")
    options = parser.parse_args()
    outcomes = run_all(options.build_dir.resolve(), options.only, options.end_to_end)
    for outcome in outcomes:
        for failure in outcome.failures:
            print(f"\nFAILED {failure.test}\n{failure.output.rstrip()}")
    if not outcomes:
        print(f"no test matches {options.only} in {options.build_dir}", file=sys.stderr)
    print(closing_line(outcomes), flush=True)
    return 0 if outcomes and not any(outcome.failures for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
