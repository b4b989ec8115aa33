"""The files of a checkout, and what their lines say."""
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def git(root: Path, *arguments: str) -> str:
    """What git prints; empty if it fails. A caller's GIT_DIR and the like do not lead it elsewhere."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    run = subprocess.run(["git", "-c", "core.quotePath=false", "-C", root, *arguments], env=env, capture_output=True,
                         text=True, check=False)
    return run.stdout if run.returncode == 0 else ""


def files(root: Path, *patterns: str) -> list[str]:
    """Files that are tracked, or new and not ignored, whose path matches one of git's patterns (* crosses folders)."""
    listed = git(root, "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns).splitlines()
    return sorted(name for name in set(listed) if (root / name).is_file())


def lines(root: Path, file: str) -> Iterator[tuple[int, str]]:
    text = (root / file).read_text(encoding="utf-8", errors="replace")
    return enumerate(text.splitlines(), start=1)


def includes(root: Path, file: str) -> Iterator[tuple[int, bool, str]]:
    """Line, whether it is in quotes, path."""
    for number, line in lines(root, file):
        if match := INCLUDE.match(line):
            yield number, match[1] == '"', match[2]
