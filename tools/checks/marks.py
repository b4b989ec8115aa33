"""No marks of unfinished work in src/: it is done, or it is an issue that somebody can find."""
import re
from pathlib import Path

from checks.problem import Problem
from checks.tree import files, lines

MARK = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def check(root: Path) -> list[Problem]:
    return [Problem(file, number, f"{match[1]}: unfinished work is an issue, not a mark; finish it or open one")
            for file in files(root, "src")
            for number, line in lines(root, file)
            if (match := MARK.search(line))]
