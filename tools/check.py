#!/usr/bin/env python3
"""Checks the form of a checkout: check.py [--root DIR] [--all] [CHECK...], all checks without a name.

Prints `file:line: what is wrong; what to do` for each problem, and ends with `N passed, M failed`, one for each check.
Exit status: 0 all passed, 1 a check failed, 2 usage.
"""
import argparse
import sys
import time
from functools import partial
from pathlib import Path

from checks import asio, formatted, includes, links, marks, requirements, rfc, tidy

CHECKS = {
    "format": formatted.check,
    "includes": includes.check,
    "asio": asio.check,
    "rfc": rfc.check,
    "requirements": requirements.check,
    "links": links.check,
    "marks": marks.check,
    "tidy": tidy.check,
}


def run(name: str, check, root: Path) -> bool:
    start = time.monotonic()
    try:
        problems = check(root)
    except FileNotFoundError as missing:  # a program or a file that the check reads
        problems = [f"{missing.filename} does not exist; run make deps, or restore the file"]
    for problem in problems:
        print(problem)
    print(f"{'FAIL' if problems else 'ok  '} {name:12} {time.monotonic() - start:6.1f} s", flush=True)
    return not problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--all", action="store_true", help="tidy: all sources, not only changed ones")
    parser.add_argument("check", nargs="*", choices=[[], *CHECKS], help=", ".join(CHECKS))
    options = parser.parse_args()
    checks = CHECKS | {"tidy": partial(tidy.check, everything=options.all)}
    results = [run(name, checks[name], options.root.resolve()) for name in options.check or CHECKS]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed", flush=True)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
