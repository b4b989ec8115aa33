"""A small checkout in a temporary folder, into which a test plants a fault."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

FOLDERS = """\
# a comment
base:
mime:  base
store: base mime
smtp:  base mime
net:   base asio
"""


class PlantedTree(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="yubin-check-")
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name).resolve()
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("src/folders.txt", FOLDERS)

    def write(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=Test", "-c", "user.email=test@example.test", "-C", self.root,
                        *arguments], check=True, capture_output=True)

    def commit(self, words: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", words)

    def assert_clean(self, check) -> None:
        self.assertEqual([str(problem) for problem in check(self.root)], [])

    def assert_found(self, check, *expected: str) -> None:
        """Each problem, in order, begins with what is expected: file, line and the first words."""
        found = [str(problem) for problem in check(self.root)]
        self.assertEqual(len(found), len(expected), found)
        for line, start in zip(found, expected):
            self.assertTrue(line.startswith(start), f"{line!r} does not begin with {start!r}")
            self.assertIn(";", line, "says what to do")
