"""The planted bugs of tests/mutants still fit the source, and name tests that exist (tools/mutants.py tries them)."""

import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import mutants  # noqa: E402

PATCHES = sorted((ROOT / "tests/mutants").glob("*.patch"))
SOURCES = "".join(path.read_text() for folder in ("src", "tests") for path in sorted((ROOT / folder).rglob("*_test.cpp")))


def exists(mutant):
    if not mutant.test:
        return (ROOT / "tests/e2e" / mutant.program).exists()
    suite, test, parameter = re.fullmatch(r"(?:\w+/)?(\w+)\.(\w+)(?:/(\w+))?", mutant.test).groups()
    if suite.endswith("Transcripts"):  # run/PROTOCOL_FILE_how, or run/FILE_how
        file = parameter.removesuffix("_whole").removeprefix("imap_")
        return any(path.stem.replace("-", "_") == file for path in (ROOT / "tests/transcripts").rglob("*.txt"))
    return re.search(rf"\bTEST(_[FP])?\({suite}, {test}\)", SOURCES) is not None


class Mutants(unittest.TestCase):
    def test_each_patch_fits_and_names_a_test(self):
        self.assertGreaterEqual(len(PATCHES), 12)
        for path in PATCHES:
            with self.subTest(path.name):
                fits = subprocess.run(["git", "apply", "--check", path], cwd=ROOT, capture_output=True, text=True, check=False)
                self.assertEqual(fits.returncode, 0, fits.stderr)
                mutant = mutants.read(path)
                self.assertTrue(mutant.sentence)
                self.assertTrue(exists(mutant), mutant.test)


if __name__ == "__main__":
    unittest.main()
