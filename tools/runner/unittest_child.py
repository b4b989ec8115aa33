"""Runs one file of tests and writes what came of each: unittest_child.py FILE ROOT REPORT.

A test finds its neighbours (import helper), and what tests share (from tests.e2e import ...). Each test's name is printed
before it runs, so that of one that hangs is known.
"""
import importlib.util
import io
import json
import sys
import unittest
from pathlib import Path


class Collected(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.succeeded = 0

    def startTest(self, test):
        super().startTest(test)
        print("--", test.id(), flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.succeeded += 1


def main(file: Path, root: Path, report: Path) -> None:
    sys.path[:0] = [str(file.parent), str(root)]
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    tests = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(stream=io.StringIO(), resultclass=Collected).run(tests)
    failures = [(test.id(), words) for test, words in result.failures + result.errors]
    failures += [(test.id(), "passed, although it is marked as an expected failure")
                 for test in result.unexpectedSuccesses]
    report.write_text(json.dumps({
        "passed": result.succeeded + len(result.expectedFailures),
        "skipped": len(result.skipped),
        "failures": failures,
    }))


main(*(Path(argument) for argument in sys.argv[1:4]))
