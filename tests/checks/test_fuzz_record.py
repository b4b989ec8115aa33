import tempfile
import unittest
from pathlib import Path
from unittest import mock

import planted  # noqa: F401  so that tools/ is found

import fuzz


class Record(unittest.TestCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.page = folder / "FUZZING.md"
        self.page.write_text("Words.\n\n| target | minutes |\n|---|--:|--:|--:|--:|\n\nMore words.\n")
        self.enterContext(mock.patch.object(fuzz, "RECORD", self.page))

    def rows(self):
        return [line for line in self.page.read_text().splitlines() if line.startswith("| `")]

    def test_work_is_added_up_and_targets_stand_in_their_order(self):
        fuzz.record("smtp_path_fuzz", fuzz.Work(360, 12_500_000, 234, 67))
        fuzz.record("pop3_session_fuzz", fuzz.Work(300, 2_500_000, 1234, 567))
        fuzz.record("pop3_session_fuzz", fuzz.Work(600, 1_000_000, 1334, 577))
        self.assertEqual(self.rows(), ["| `pop3_session_fuzz` | 15 | 3.50 | 1,334 | 577 |",
                                       "| `smtp_path_fuzz` | 6 | 12.50 | 234 | 67 |"])
        self.assertTrue(self.page.read_text().endswith("\nMore words.\n"))


if __name__ == "__main__":
    unittest.main()
