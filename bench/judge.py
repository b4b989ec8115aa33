#!/usr/bin/env python3
"""make bench-judge: what SPF, DKIM (RSA-2048) and DMARC of a message cost when the DNS answers at once, and DKIM of a long
message beside plain hashing; DKIM beside opendkim on the same messages, if it is installed. Prints a table."""

import json
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import peers, report  # noqa: E402

PROGRAM = peers.ROOT / "build/release/bench/yubin_bench_judge"
SHORT, LONG = 400, 6  # messages that opendkim is given in one run


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def opendkim(folder, message, count):
    """CPU seconds for each message: the cost of the start is in both runs, and falls out."""
    config = folder / "opendkim.conf"
    config.write_text(f"Mode v\nSyslog no\nTestDNSData {folder / 'keys'}\n")

    def run(copies):
        before = cpu_of_children()
        done = subprocess.run(["opendkim", "-t", ",".join([str(message)] * copies), "-x", config], capture_output=True, text=True)
        if (done.stdout + done.stderr).count("succeeded") != copies:
            raise peers.CannotRun("opendkim: " + (done.stdout + done.stderr)[:300])
        return cpu_of_children() - before

    return (run(count) - run(1)) / (count - 1)


def main():
    done = subprocess.run([PROGRAM], capture_output=True, text=True, check=True)
    message, *long_ones = (json.loads(line) for line in done.stdout.splitlines())
    kinds = (("long.eml", "in prose, of which the relaxed form changes each line"), ("attached.eml", "in base64"))
    other, other_long = None, [None] * len(kinds)
    if shutil.which("opendkim"):
        with tempfile.TemporaryDirectory(prefix="yubin-bench-") as name:
            folder = pathlib.Path(name)
            subprocess.run([PROGRAM, "--write", folder], check=True)
            other = opendkim(folder, folder / "short.eml", SHORT) * 1000
            other_long = [one["size"] / 1e6 / opendkim(folder, folder / file, LONG)
                          for one, (file, _) in zip(long_ones, kinds)]
    cell = lambda value: "–" if value is None else report.number(value)
    print("| work | | Yubin | opendkim |\n|---|---|---:|---:|")
    print(f"| message of {message['size'] / 1000:.1f} KB: SPF, DKIM (RSA-2048), DMARC | ms CPU | {cell(message['cpu_ms'])} | – |")
    print(f"| DKIM of it alone | ms CPU | {cell(message['reading_ms'] + message['dkim_ms'])} | {cell(other)} |")
    for one, other, (_, words) in zip(long_ones, other_long, kinds):
        print(f"| DKIM of {one['size'] / 1e6:.0f} MB {words} | MB/s | {cell(one['mb_per_s'])} | {cell(other)} |")
        print(f"| SHA-256 of it, nothing else | MB/s | {cell(one['sha256_mb_per_s'])} | – |")


if __name__ == "__main__":
    main()
