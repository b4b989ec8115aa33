"""A GoogleTest program: each of its tests counts."""
import json
import re
import tempfile
from pathlib import Path

from runner.outcome import Failure, Outcome, cut
from runner.process import Ended, run

LIMIT_SECONDS = 600


def run_gtest(program: Path, root: Path) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="yubin-test-") as scratch:
        report = Path(scratch) / "report.json"
        ended = run([program, f"--gtest_output=json:{report}"], root, LIMIT_SECONDS)
        try:
            tests = json.loads(report.read_text())
        except (OSError, ValueError):  # it never came to write it
            return crashed(program.name, ended)
    return counted(program.name, tests, ended)


def counted(name: str, report: dict, ended: Ended) -> Outcome:
    outcome = Outcome(name)
    for suite in report["testsuites"]:
        for test in suite["testsuite"]:
            if test["result"] == "SKIPPED":
                outcome.skipped += 1
            elif test["status"] == "NOTRUN":
                continue
            elif "failures" in test:
                words = "\n".join(failure["failure"] for failure in test["failures"])
                outcome.failures.append(Failure(f"{name} {suite['name']}.{test['name']}", cut(words)))
            else:
                outcome.passed += 1
    # All tests passed and yet it ended badly: a leak or a fault while it was being taken down.
    if ended.status != 0 and not outcome.failures:
        outcome.failures.append(Failure(f"{name} {ended.how(LIMIT_SECONDS)}", cut(ended.output)))
    return outcome


def crashed(name: str, ended: Ended) -> Outcome:
    outcome = Outcome(name)
    running = "before its first test"
    for line in ended.output.splitlines():
        if match := re.match(r"\[ RUN      \] (\S+)", line):
            running = f"in {match[1]}"
        elif line.startswith("[       OK ] ") and "(" in line:
            outcome.passed += 1
            running = f"after {line.split()[3]}"
        elif match := re.match(r"\[  FAILED  \] ([^\s,]+).* \(\d+ ms\)$", line):
            outcome.failures.append(Failure(f"{name} {match[1]}", "see below"))
    outcome.failures.append(Failure(f"{name} {ended.how(LIMIT_SECONDS)} {running}", cut(ended.output)))
    return outcome
