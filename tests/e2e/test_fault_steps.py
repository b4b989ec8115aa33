"""The store with a fault at each of its steps (tests/faults/fault_steps.cpp): a sample, or all with `make faults`."""

import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAMS = pathlib.Path(os.environ.get("YUBIN_BINARY", "build/asan/yubin")).parent / "tests"
STRIDE = "1" if "YUBIN_FAULT_ROUNDS" in os.environ else "3"


class FaultSteps(unittest.TestCase):
    @unittest.skipUnless((PROGRAMS / "fault_steps").exists(), "fault_steps is not built")
    def test_after_any_fault_at_any_step_the_store_is_as_before_or_as_after(self):
        with tempfile.TemporaryDirectory(prefix="yubin-steps-") as folder:
            environment = dict(os.environ, LD_PRELOAD=str(PROGRAMS / "libpower_cut.so"), ASAN_OPTIONS="detect_leaks=0")
            ended = subprocess.run([PROGRAMS / "fault_steps", f"{folder}/steps", STRIDE], env=environment,
                                   capture_output=True, text=True, check=False)
        print(ended.stdout)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)


if __name__ == "__main__":
    unittest.main()
