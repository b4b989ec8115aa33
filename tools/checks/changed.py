"""Which files a change touches, the newest first."""
from pathlib import Path

from checks.tree import files, git


def changed_files(root: Path) -> list[str]:
    """Uncommitted ones, then those of the commits since the branch left origin/main, from the last commit back. Where
    there is no such branch or nothing on it, the files of the last commit."""
    uncommitted = git(root, "diff", "--name-only", "HEAD").splitlines()
    uncommitted += git(root, "ls-files", "--others", "--exclude-standard").splitlines()
    base = git(root, "merge-base", "HEAD", "origin/main").strip()
    since = git(root, "log", "--format=", "--name-only", f"{base}..HEAD").splitlines() if base else []
    names = uncommitted + since
    if not names:
        names = git(root, "log", "-1", "-m", "--first-parent", "--format=", "--name-only").splitlines()
    existing = set(files(root))
    return [name for name in dict.fromkeys(names) if name in existing]
