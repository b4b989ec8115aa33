"""Each RFC that the code cites has a row in docs/rfc-index.md, and the index is in order."""
import re
from pathlib import Path

from checks.problem import Problem
from checks.tree import files, lines

INDEX = "docs/rfc-index.md"
STATUS = ("full", "partial", "planned", "no")
CITATION = re.compile(r"\bRFC (?P<number>[0-9]{3,5})\b|\bRFC-?(?P<misspelt>[0-9]{4,5})\b")  # RFC822.SIZE is a name


def check(root: Path) -> list[Problem]:
    listed, problems = read_index(root)
    # Seeds under tests/corpus are mail, not our words.
    sources = [file for file in files(root, "src", "tests") if not file.startswith("tests/corpus/")
               and file.endswith((".h", ".cpp", ".py", ".txt", ".dict"))]
    for file in sources:
        for number, line in lines(root, file):
            for match in CITATION.finditer(line):
                if match["misspelt"]:
                    problems.append(Problem(file, number, f"{match[0]} escapes a search; write RFC {match['misspelt']}"))
                elif int(match["number"]) not in listed:
                    problems.append(Problem(file, number, f"{match[0]} is not in {INDEX}; add its row"))
    return problems


def read_index(root: Path) -> tuple[set[int], list[Problem]]:
    """Rows are `| number | title | status | where |`."""
    listed: set[int] = set()
    problems = []
    last = 0
    for number, line in lines(root, INDEX):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or not cells[0].isdigit():
            continue
        rfc = int(cells[0])
        if rfc <= last:
            problems.append(Problem(INDEX, number, f"RFC {rfc} stands after RFC {last}; sort by number, one row each"))
        if len(cells) != 4 or cells[2] not in STATUS:
            problems.append(Problem(INDEX, number, f"RFC {rfc} is not number, title, status, where; "
                                                   f"a status is one of {' '.join(STATUS)}"))
        listed.add(rfc)
        last = rfc
    return listed, problems
