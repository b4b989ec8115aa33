"""A file of Python tests (unittest): each test method counts."""
import json
import os
import sys
import tempfile
from pathlib import Path

from runner.outcome import Failure, Outcome, cut
from runner.process import run

# Those that were asked to do more than usual (`make faults`) may take as long as they need.
LIMIT_SECONDS = 24 * 3600 if "YUBIN_FAULT_ROUNDS" in os.environ else 900
CHILD = Path(__file__).with_name("unittest_child.py")


def run_script(file: Path, root: Path, binary: Path) -> Outcome:
    name = str(file.relative_to(root))
    with tempfile.TemporaryDirectory(prefix="yubin-test-") as scratch:
        report = Path(scratch) / "report.json"
        ended = run([sys.executable, CHILD, file, root, report], root, LIMIT_SECONDS, {"YUBIN_BINARY": str(binary)})
        try:
            result = json.loads(report.read_text())
        except (OSError, ValueError):
            return Outcome(name, failures=[Failure(f"{name} {ended.how(LIMIT_SECONDS)}", cut(ended.output))])
    failures = [Failure(f"{name} {test}", cut(words)) for test, words in result["failures"]]
    if failures:  # with what the tests and their servers said
        failures[-1].output += f"\n\n{name} printed:\n{cut(ended.output)}"
    if not failures and result["passed"] + result["skipped"] == 0:
        failures = [Failure(name, "has no test")]
    return Outcome(name, result["passed"], result["skipped"], failures)
