"""The two programs of tools/ as `make` calls them: what they print last, and their exit status."""
import shutil
import subprocess
import sys
import unittest

from planted import ROOT, PlantedTree

from checks import tree
from runner.gtest import counted, crashed
from runner.outcome import closing_line
from runner.process import Ended
from runner.scripts import run_script
from runner.seeds import run_seeds


class Check(PlantedTree):
    """On a copy of the real checkout."""

    def setUp(self):
        super().setUp()
        for file in tree.files(ROOT, "*"):
            (self.root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, self.root / file)

    def run_checks(self, *names: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, ROOT / "tools/check.py", "--root", self.root, *names],
                              capture_output=True, text=True, check=False)

    def test_a_planted_include_turns_it_red(self):
        names = ("includes", "marks")
        before = self.run_checks(*names)
        self.assertEqual((before.returncode, before.stdout.splitlines()[-1]), (0, "2 passed, 0 failed"), before.stdout)
        self.write("src/base/planted.h", '#pragma once\n#include "mime/address.h"\n')
        after = self.run_checks(*names)
        self.assertEqual((after.returncode, after.stdout.splitlines()[-1]), (1, "1 passed, 1 failed"), after.stdout)
        self.assertIn('src/base/planted.h:2: "mime/address.h": base may include nothing', after.stdout)

    def test_a_missing_table_is_a_failure(self):
        (self.root / "docs/rfc-index.md").unlink()
        run = self.run_checks("rfc")
        self.assertEqual(run.returncode, 1)
        self.assertIn("rfc-index.md does not exist", run.stdout)

    def test_an_unknown_check_is_a_wrong_call(self):
        self.assertEqual(self.run_checks("speling").returncode, 2)


class Runner(PlantedTree):
    def program(self, text: str):
        self.write("x_fuzz", "#!/bin/sh\n" + text)
        (self.root / "x_fuzz").chmod(0o755)
        return self.root / "x_fuzz"

    def test_each_gtest_test_counts_and_a_leak_at_the_end_is_a_failure(self):
        tests = [{"name": "a", "status": "RUN", "result": "COMPLETED"},
                 {"name": "b", "status": "RUN", "result": "SKIPPED"},
                 {"name": "c", "status": "NOTRUN", "result": "SUPPRESSED"}]
        report = {"testsuites": [{"name": "Suite", "testsuite": tests}]}
        good = counted("x_test", report, Ended(0, "", timed_out=False))
        self.assertEqual(closing_line([good]), "1 passed, 0 failed, 1 skipped")
        leaks = counted("x_test", report, Ended(1, "LeakSanitizer", timed_out=False))
        self.assertEqual(closing_line([leaks]), "1 passed, 1 failed, 1 skipped")
        tests.append({"name": "d", "status": "RUN", "result": "COMPLETED", "failures": [{"failure": "1 != 2"}]})
        bad = counted("x_test", report, Ended(1, "", timed_out=False))
        self.assertEqual([(failure.test, failure.output) for failure in bad.failures], [("x_test Suite.d", "1 != 2")])

    def test_a_crash_is_named_with_the_test_it_happened_in(self):
        output = "[ RUN      ] A.one\n[       OK ] A.one (0 ms)\n[ RUN      ] A.two\nAddressSanitizer: heap-use"
        outcome = crashed("a_test", Ended(-6, output, timed_out=False))
        self.assertEqual(closing_line([outcome]), "1 passed, 1 failed")
        self.assertEqual(outcome.failures[0].test, "a_test ended by signal 6 (SIGABRT) in A.two")
        self.assertIn("AddressSanitizer", outcome.failures[0].output)

    def test_a_fuzz_target_without_seeds_fails(self):
        outcome = run_seeds(self.program('echo "1 seeds replayed"\n'), self.root)
        self.assertIn("has no seed", outcome.failures[0].output)

    def test_a_fuzz_target_replays_its_own_folder(self):
        self.write("tests/corpus/x_fuzz/seed", "GOOD")
        program = self.program('grep -rq GOOD "$1" || exit 77\necho "1 seeds replayed"\n')
        self.assertEqual(closing_line([run_seeds(program, self.root)]), "1 passed, 0 failed")
        self.write("tests/corpus/x_fuzz/seed", "BAD")
        self.assertEqual(run_seeds(program, self.root).failures[0].test, "x_fuzz ended with status 77")

    def test_python_tests_count_each_method_and_know_the_binary(self):
        self.write("tests/e2e/test_x.py", "import os, unittest\n"
                   "class X(unittest.TestCase):\n"
                   "    def test_a(self): self.assertEqual(os.environ['YUBIN_BINARY'], '/b/yubin')\n"
                   "    def test_b(self): self.fail('planted')\n"
                   "    @unittest.skip('later')\n"
                   "    def test_c(self): pass\n")
        outcome = run_script(self.root / "tests/e2e/test_x.py", self.root, self.root / "/b/yubin")
        self.assertEqual(closing_line([outcome]), "1 passed, 1 failed, 1 skipped")
        self.assertIn("planted", outcome.failures[0].output)

    def test_a_python_file_that_does_not_load_or_has_no_test_fails(self):
        self.write("tests/e2e/test_x.py", "import nowhere_to_be_found\n")
        self.assertEqual(len(run_script(self.root / "tests/e2e/test_x.py", self.root, self.root).failures), 1)
        self.write("tests/e2e/test_y.py", "")
        self.assertEqual(len(run_script(self.root / "tests/e2e/test_y.py", self.root, self.root).failures), 1)

    def test_a_run_of_nothing_is_red(self):
        run = subprocess.run([sys.executable, ROOT / "tools/run_tests.py", "--build-dir", self.root, "--only", "none"],
                             capture_output=True, text=True, check=False)
        self.assertEqual((run.returncode, run.stdout.splitlines()[-1]), (1, "0 passed, 0 failed"))


if __name__ == "__main__":
    unittest.main()
