"""src/folders.txt: which folder may include which."""
import re
from dataclasses import dataclass
from pathlib import Path

from checks.problem import Problem
from checks.tree import lines

TABLE = "src/folders.txt"


@dataclass(frozen=True)
class Row:
    line: int
    allowed: tuple[str, ...]  # folders besides its own; without `asio`
    asio: bool


def read_folders(root: Path) -> tuple[dict[str, Row], list[Problem]]:
    """The rows, and what is wrong with them. A row names only rows above it: CMake links in that order."""
    rows: dict[str, Row] = {}
    problems = []
    for number, line in lines(root, TABLE):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"([a-z0-9]+):((?: +[a-z0-9]+)*) *", line)
        if not match:
            problems.append(Problem(TABLE, number, "not a row; write `folder: other folders`"))
            continue
        name, words = match[1], match[2].split()
        for word in words:
            if word != "asio" and word not in rows:
                problems.append(Problem(TABLE, number, f"{name} names {word}, which has no row above it; order the rows"))
        rows[name] = Row(number, tuple(word for word in words if word != "asio"), "asio" in words)
    return rows, problems


def folder_of(file: str) -> str | None:
    """The folder of src/<folder>/x; None elsewhere."""
    parts = file.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "src" else None
