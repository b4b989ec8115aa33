"""What docs/requirements.md names as shown is there: vectors, unit tests, end-to-end tests, fuzz targets, transcripts.

Rows are `| section | requirement | what shows it |`; names stand in backquotes:

    `dmarc.txt: section 4.4: relaxed, a subdomain vouches`   a case of tests/vectors/policy/dmarc.txt
    `Author.is_who_people_may_see`                           a unit test
    `test_arc.py: test_without_a_verdict_nothing_is_sealed`  an end-to-end test
    `policy_canonical_fuzz`                                  a fuzz target
    `tests/transcripts/smtp/bare-lf.txt`                     a file of the tests

A row without a name begins its last cell with one of EXCUSES.
"""
import re
from collections import Counter
from pathlib import Path

from checks.problem import Problem
from checks.tree import files, lines

PAGE = "docs/requirements.md"
VECTORS = "tests/vectors/policy"
EXCUSES = ("not ours: ", "departs: ")
NAME = re.compile(r"`([^`]+)`")
CASE = re.compile(r"^\[(?:spf|dkim|dmarc|arc) (.*)\]$")
UNIT_TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.M)
METHOD = re.compile(r"^    def (test_\w+)\(")


def check(root: Path) -> list[Problem]:
    known = Counter(names(root))
    problems = []
    for number, line in lines(root, PAGE):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or cells[0] == "section" or set(cells[0]) == {"-"}:
            continue
        if len(cells) != 3:
            problems.append(Problem(PAGE, number, "a row is section, requirement, what shows it; write three cells"))
            continue
        problems += [Problem(PAGE, number, what) for what in faults(root, cells[2], known)]
    return problems


def names(root: Path):
    for file in files(root, f"{VECTORS}/*.txt"):
        yield from (f"{Path(file).name}: {match[1]}" for _, line in lines(root, file) if (match := CASE.match(line)))
    for file in files(root, "src/*_test.cpp", "tests/*_test.cpp"):
        text = (root / file).read_text(encoding="utf-8")
        yield from (f"{match[1]}.{match[2]}" for match in UNIT_TEST.finditer(text))
    for file in files(root, "tests/e2e/test_*.py"):
        yield from (f"{Path(file).name}: {match[1]}" for _, line in lines(root, file) if (match := METHOD.match(line)))
    for file in files(root, "src/*_fuzz.cpp"):
        yield f"{Path(file).parent.name}_{Path(file).stem}"


def faults(root: Path, cell: str, known: Counter):
    shown = NAME.findall(cell)
    if not shown and not cell.startswith(EXCUSES):
        yield f"nothing shows it; name a test, or begin with {' or '.join(repr(one.strip()) for one in EXCUSES)}"
    for name in shown:
        if name.startswith("tests/"):
            if not (root / name).is_file():
                yield f"{name} does not exist; name what shows it now"
        elif known[name] == 0:
            yield f"there is no test {name!r}; name what shows it now, or write it"
        elif known[name] > 1:
            yield f"there are {known[name]} tests {name!r}; give each a name of its own"
