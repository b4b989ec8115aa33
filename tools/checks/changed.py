"""Which files a change touches, the newest first."""
from pathlib import Path

from checks.tree import files, git


def changed_files(root: Path) -> list[str]:
    """Uncommitted ones, then those of the commits since the branch left origin/main (main, where there is no origin),
    from the last commit back. On main itself the files of the last commit."""
    uncommitted = git(root, "diff", "--name-only", "HEAD").splitlines()
    uncommitted += git(root, "ls-files", "--others", "--exclude-standard").splitlines()
    names = uncommitted + since_main(root)
    if not names:
        names = git(root, "log", "-1", "-m", "--first-parent", "--format=", "--name-only").splitlines()
    existing = set(files(root))
    return [name for name in dict.fromkeys(names) if name in existing]


def since_main(root: Path) -> list[str]:
    base = git(root, "merge-base", "HEAD", "origin/main") or git(root, "merge-base", "HEAD", "main")
    return git(root, "log", "--format=", "--name-only", f"{base.strip()}..HEAD").splitlines() if base else []
