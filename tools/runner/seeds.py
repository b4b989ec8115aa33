"""A fuzz target in an ordinary build: replays its seeds, tests/corpus/<target name>/. Counts as one test."""
import re
from pathlib import Path

from runner.outcome import Failure, Outcome, cut
from runner.process import run

LIMIT_SECONDS = 120


def run_seeds(program: Path, root: Path) -> Outcome:
    name = program.name
    corpus = root / "tests" / "corpus" / name
    if not any(path.is_file() for path in corpus.rglob("*")):
        why = f"tests/corpus/{name}/ has no seed; write some small files, one for each shape of input"
        return Outcome(name, failures=[Failure(name, why)])
    ended = run([program, corpus], root, LIMIT_SECONDS)
    if ended.status != 0 or ended.timed_out:
        return Outcome(name, failures=[Failure(f"{name} {ended.how(LIMIT_SECONDS)}", cut(ended.output))])
    if not re.search(r"^[1-9]\d* seeds replayed$", ended.output, re.MULTILINE):
        return Outcome(name, failures=[Failure(f"{name} replayed nothing", cut(ended.output))])
    return Outcome(name, passed=1)
