"""Relative links in the documents point to files that exist, and to headings that do."""
import re
from pathlib import Path

from checks.problem import Problem
from checks.tree import files, lines

LINK = re.compile(r"\[[^\]]*\]\(<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")


def check(root: Path) -> list[Problem]:
    problems = []
    for file in files(root, "*.md"):
        for number, line in prose(root, file):
            for match in LINK.finditer(re.sub(r"`[^`]*`", "", line)):
                if what := fault(root, file, match[1]):
                    problems.append(Problem(file, number, what))
    return problems


def prose(root: Path, file: str):
    """The lines outside fenced blocks."""
    fenced = False
    for number, line in lines(root, file):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def fault(root: Path, file: str, target: str) -> str | None:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None  # another place; nobody is asked over the network
    path, _, heading = target.partition("#")
    if path.startswith("/"):
        return f"{target} is absolute; write it relative to {file}"
    place = (root / file).parent / path if path else root / file
    if not place.exists():
        return f"{target} does not exist; correct or remove the link"
    if heading and place.suffix == ".md" and heading not in headings(place):
        return f"{target}: no such heading; correct the part after #"
    return None


def headings(document: Path) -> set[str]:
    """As they are named in links: lower case, no punctuation, hyphens for blanks."""
    names = set()
    for _, line in prose(document.parent, document.name):
        if match := HEADING.match(line):
            words = re.sub(r"[^\w\- ]", "", match[1].lower())
            names.add(words.replace(" ", "-"))
    return names
