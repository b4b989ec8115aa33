"""Each folder includes only what its row in src/folders.txt allows; quotes are for our own headers."""
from pathlib import Path

from checks.folders import TABLE, Row, folder_of, read_folders
from checks.problem import Problem
from checks.tree import files, includes


def check(root: Path) -> list[Problem]:
    rows, problems = read_folders(root)
    homeless = set()
    for file in files(root, "src/*.h", "src/*.cpp", "tests/*.h", "tests/*.cpp"):
        folder = folder_of(file)
        if folder is not None and folder not in rows and folder not in homeless:
            homeless.add(folder)
            problems.append(Problem(file, 1, f"src/{folder}/ has no row in {TABLE}; add one"))
        for line, in_quotes, path in includes(root, file):
            if what := fault(root, rows, file, folder, in_quotes, path):
                problems.append(Problem(file, line, what))
    return problems


def fault(root: Path, rows: dict[str, Row], file: str, folder: str | None, in_quotes: bool, path: str) -> str | None:
    """What is wrong with one include; None if nothing."""
    target = path.split("/")[0]
    if not in_quotes:
        ours = target in rows and (root / "src" / path).exists()
        return f'<{path}> is our own header; write "{path}"' if ours else None
    if "/" not in path or target.startswith("."):
        return f'"{path}" does not say its folder; write "folder/{Path(path).name}"'
    if target == "tests":
        may = folder is None or file.endswith(("_test.cpp", "_fuzz.cpp"))
        beside = Path(file).parent == Path(path).parent  # a test program of several files
        if beside or may and path.startswith("tests/kit/"):
            return None
        return f'"{path}" is for test and fuzz files, and only tests/kit/; move what is shared'
    if target not in rows:
        return f'"{path}": {target} has no row in {TABLE}; quotes are for our own headers, write <{path}> for others'
    if folder in rows and target != folder and target not in rows[folder].allowed:
        allowed = " ".join(rows[folder].allowed) or "nothing"
        return f'"{path}": {folder} may include {allowed} ({TABLE}); let the caller hand it in, or move the code'
    return None
