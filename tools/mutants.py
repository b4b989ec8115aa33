#!/usr/bin/env python3
"""Plants known bugs, one at a time, and looks whether the test that is named for each catches it.

A bug is a patch in tests/mutants/: a sentence that says what is wrong, a line `Test: PROGRAM GTEST_NAME` or
`Test: FILE.py` (of tests/e2e), an empty line, and the change. The patches are applied to a copy of the last commit in
BUILD/mutants, which is built like `make test`. Ends with `N caught, M not`; exit status 0 if all were caught.
"""
import argparse
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 900


class Mutant(NamedTuple):
    name: str
    sentence: str
    program: str  # a test program, or a file of tests/e2e
    test: str     # its name for GoogleTest; empty for a file
    patch: Path

    @property
    def targets(self) -> list[str]:
        return ["yubin", "power_cut"] if self.program.endswith(".py") else [self.program]


def read(path: Path) -> Mutant:
    lines = path.read_text().splitlines()
    head = lines[:lines.index("")]
    test = next(line.removeprefix("Test: ") for line in head if line.startswith("Test: "))
    program, _, name = test.partition(" ")
    return Mutant(path.stem, " ".join(line for line in head if not line.startswith("Test: ")), program, name, path)


class Copy:
    """A worktree of the last commit, built with the sanitizers."""

    def __init__(self, folder: Path, jobs: int):
        self.folder = folder
        self.jobs = jobs

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(list(map(str, command)), cwd=self.folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS, check=False)

    def must(self, *command: str | Path) -> None:
        done = self.run(*command)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout[-4000:]}")

    def refresh(self) -> None:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, text=True, capture_output=True, check=True).stdout.strip()
        if not (self.folder / ".git").exists():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)
            subprocess.run(["git", "worktree", "add", "--quiet", "--detach", self.folder, head], cwd=ROOT, check=True)
        self.must("git", "checkout", "--quiet", "--force", "--detach", head)
        self.must("cmake", "--preset", "asan")

    def build(self, targets: list[str]) -> str:
        """What the compiler said, if it failed."""
        try:
            done = self.run("cmake", "--build", "build/asan", "-j", str(self.jobs), "--target", *targets)
        except subprocess.TimeoutExpired:
            done = self.run("cmake", "--build", "build/asan", "-j", str(self.jobs), "--target", *targets)
        return "" if done.returncode == 0 else done.stdout[-3000:]

    def passes(self, mutant: Mutant) -> bool:
        try:
            if mutant.test:
                done = self.run(f"build/asan/tests/{mutant.program}", f"--gtest_filter={mutant.test}")
                if "Running 0 tests" in done.stdout:
                    raise RuntimeError(f"{mutant.name}: {mutant.program} has no test {mutant.test}")
            else:
                done = self.run(sys.executable, "tools/run_tests.py", "--only", mutant.program)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def try_out(self, mutant: Mutant) -> str:
        """What speaks against it being caught; empty: it is."""
        self.must("git", "apply", mutant.patch)
        try:
            if said := self.build(mutant.targets):
                return f"the patch does not fit the source any more:\n{said}"
            return "the test passes all the same" if self.passes(mutant) else ""
        finally:
            self.must("git", "apply", "--reverse", mutant.patch)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", help="one patch, without .patch")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    mutants = [read(path) for path in sorted((ROOT / "tests/mutants").glob("*.patch"))]
    mutants = [one for one in mutants if options.only in (None, one.name)]
    if not mutants:
        parser.error(f"there is no tests/mutants/{options.only}.patch")
    copy = Copy(ROOT / "build/mutants", options.jobs)
    copy.refresh()
    if said := copy.build(sorted({target for one in mutants for target in one.targets})):
        print(said)
        return 1
    for program, test in sorted({(one.program, one.test) for one in mutants}):
        if not copy.passes(next(one for one in mutants if (one.program, one.test) == (program, test))):
            print(f"{program} {test} fails without any bug planted")
            return 1
    missed = 0
    for mutant in mutants:
        against = copy.try_out(mutant)
        missed += 1 if against else 0
        print(f"{'MISSED' if against else 'caught'}  {mutant.name:34} by {mutant.program} {mutant.test}", flush=True)
        if against:
            print(f"        {mutant.sentence}\n        {against}", flush=True)
    print(f"{len(mutants) - missed} caught, {missed} not")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
