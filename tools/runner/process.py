"""Runs a program to its end: its output in order, its exit status, a time limit, and nothing of it left behind."""
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

# A report shows where it happened, in names, and ends the program; leaks count as failures.
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1"
                    ":handle_abort=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1",
}
SYMBOLIZER = "/usr/bin/llvm-symbolizer-19"


@dataclass
class Ended:
    status: int  # below 0: minus the signal
    output: str  # standard output and error as they came
    timed_out: bool

    def how(self, seconds: int) -> str:
        if self.timed_out:
            return f"did not end within {seconds} s"
        if self.status < 0:
            return f"ended by signal {-self.status} ({signal.Signals(-self.status).name})"
        return f"ended with status {self.status}"


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """The caller's environment; what it already says about sanitizers wins."""
    env = SANITIZERS | dict(os.environ)
    if Path(SYMBOLIZER).exists():
        for name in ("ASAN_SYMBOLIZER_PATH", "UBSAN_SYMBOLIZER_PATH", "TSAN_SYMBOLIZER_PATH", "LLVM_SYMBOLIZER_PATH"):
            env.setdefault(name, SYMBOLIZER)
    return env | (extra or {})


def run(command: list, cwd: Path, seconds: int, extra_env: dict[str, str] | None = None) -> Ended:
    # A session of its own, so that what the program started ends with it.
    process = subprocess.Popen([str(part) for part in command], cwd=cwd, env=environment(extra_env),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    timed_out = False
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        timed_out = True
        end_group(process.pid)
        output, _ = process.communicate()
    finally:
        end_group(process.pid)
    return Ended(process.returncode, output.decode(errors="replace"), timed_out)


def end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass
