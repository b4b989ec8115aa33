"""Only folders whose row in src/folders.txt says `asio` include Boost.Asio or Boost.Beast: all others never wait for a
peer, and compile in a fraction of the time."""
from pathlib import Path

from checks.folders import TABLE, folder_of, read_folders
from checks.problem import Problem
from checks.tree import files, includes


def check(root: Path) -> list[Problem]:
    rows, _ = read_folders(root)
    problems = []
    for file in files(root, "src/*.h", "src/*.cpp"):
        folder = folder_of(file)
        if folder not in rows or rows[folder].asio:
            continue
        for line, _, path in includes(root, file):
            if path.startswith(("boost/asio", "boost/beast")):
                problems.append(Problem(file, line, f"{folder} may not include {path} ({TABLE}); "
                                                    "move what waits for a peer to a folder with asio"))
    return problems
