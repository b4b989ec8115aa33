"""What a check finds: where, what is wrong, what to do."""
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    file: str  # relative to the root
    line: int
    what: str  # "what is wrong; what to do"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"
