"""What a test program's run amounts to."""
from dataclasses import dataclass, field


@dataclass
class Failure:
    test: str
    output: str


@dataclass
class Outcome:
    """The counts of one program; `failures` has one entry for each failed test."""
    name: str
    passed: int = 0
    skipped: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    def line(self) -> str:
        counts = f"{self.passed} passed"
        if self.failures:
            counts += f", {len(self.failures)} failed"
        if self.skipped:
            counts += f", {self.skipped} skipped"
        mark = "FAIL" if self.failures else "ok  "
        return f"{mark} {self.name:40} {counts:32} {self.seconds:6.1f} s"


def closing_line(outcomes: list[Outcome]) -> str:
    failed = sum(len(outcome.failures) for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    line = f"{sum(outcome.passed for outcome in outcomes)} passed, {failed} failed"
    return f"{line}, {skipped} skipped" if skipped else line


def cut(output: str, limit: int = 20000) -> str:
    """The two ends of a long output: a sanitizer's report begins with what matters, a test's ends with it."""
    if len(output) <= limit:
        return output
    half = limit // 2
    return f"{output[:half]}\n... {len(output) - limit} characters left out ...\n{output[-half:]}"
