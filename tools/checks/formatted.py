"""C++ files are as clang-format leaves them. One problem a file: the first line that differs."""
import re
import subprocess
from pathlib import Path

from checks.problem import Problem
from checks.tree import files

PROGRAM = "clang-format-19"


def check(root: Path) -> list[Problem]:
    sources = files(root, "*.cpp", "*.h")
    if not sources:
        return []
    run = subprocess.run([PROGRAM, "--dry-run", "-Werror", *sources], cwd=root, capture_output=True, text=True,
                         check=False)
    first: dict[str, Problem] = {}
    for line in run.stderr.splitlines():
        if match := re.match(r"([^\s:][^:]*):(\d+):\d+: error: .*clang-format", line):
            first.setdefault(match[1], Problem(match[1], int(match[2]), "not formatted; run make format"))
    if run.returncode != 0 and not first:
        return [Problem(".clang-format", 1, f"{PROGRAM} failed: {run.stderr.strip()}")]
    return list(first.values())
