#!/usr/bin/env python3
"""make bench: Yubin beside Postfix + Dovecot on this machine, in one run; prints a table and writes it to a folder.

Nothing outside the scratch folder is touched, but that missing packages of the peers are installed with apt-get (their
services are not started). A work that a server cannot do is a named gap in the table.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import others, peers, report, works  # noqa: E402

ALL = peers.ALL + others.ALL

PACKAGES = ("postfix", "dovecot-core", "dovecot-imapd", "dovecot-lmtpd", "dovecot-pop3d")


def install_peers():
    missing = [name for name in PACKAGES
               if subprocess.run(["dpkg", "-s", name], capture_output=True).returncode != 0]
    if not missing:
        return
    # Debian starts a service as soon as it is installed, unless this file says no.
    policy = pathlib.Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *missing], check=False,
                       env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL)
    finally:
        if ours:
            policy.unlink()


def measure(server_class, folder, base_port, arguments, results, gaps):
    def gap(text):
        line = f"{server_class.label}: {text}"
        if line not in gaps:
            gaps.append(line)
        print(f"  {line}", file=sys.stderr)

    try:
        with server_class(folder, base_port) as server:
            measured = works.Measured(server, arguments.quick)
            if not server_class.only_delivers:
                measured.prepare()
            for name, work, _ in works.WORKS:
                if arguments.only and not any(part.lower() in name.lower() for part in arguments.only):
                    continue
                if server_class.only_delivers and work not in works.DELIVERIES:
                    continue
                begun = time.monotonic()
                try:
                    figures = work(measured)
                except peers.CannotRun as reason:
                    gap(f"{name}: {reason}")
                    continue
                for key, value in figures.items():
                    results.setdefault((name, key, server_class.name), []).append(value)
                words = ", ".join(f"{key} {report.number(value)}" for key, value in figures.items())
                print(f"  {server_class.name:8} {name}: {words} ({time.monotonic() - begun:.1f} s)", file=sys.stderr)
    except peers.CannotRun as reason:
        gap(str(reason))


def machine_rows(folder):
    program = peers.ROOT / "build/release/bench/yubin_bench_machine"
    done = subprocess.run([program, folder / "machine"], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def machine_table(rows):
    lines = [f"{os.cpu_count()} cores, Linux {platform.release()}; "
             f"{time.strftime('%Y-%m-%d', time.gmtime())}. What the machine can do at best:", ""]
    for row in rows:
        what = {"machine.sync": "appends of {size:.0f} bytes, each synced",
                "machine.tls_handshake": "full TLS 1.3 handshakes, both ends on one core",
                "machine.round_trip": "requests over loopback, each answered with 4 KB before the next",
                "machine.group_commit": "bare group commit of {size:.0f} bytes by {writers:.0f} writers"}[row["work"]]
        lines.append(f"- {what.format(**row)}: {report.number(row['rate'])}/s")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, help="3 unless told, 1 with --quick")
    parser.add_argument("--quick", action="store_true", help="a fifth of the work")
    parser.add_argument("--only", nargs="*", help="parts of the names of works")
    parser.add_argument("--peers", choices=["all"], help="more of them: " + ", ".join(peer.name for peer in others.ALL))
    parser.add_argument("--servers", nargs="*", help="names: " + ", ".join(peer.name for peer in ALL))
    parser.add_argument("--out", type=pathlib.Path, default=peers.ROOT / "build/bench")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 3)
    servers = [peer for peer in (ALL if arguments.peers or arguments.servers else peers.ALL)
               if not arguments.servers or peer.name in arguments.servers]
    if os.geteuid() != 0:
        sys.exit("make bench: Postfix and Dovecot need root to start; run it as root")
    install_peers()

    results, gaps = {}, []
    with tempfile.TemporaryDirectory(prefix="yubin-bench-", dir=arguments.out.parent) as scratch:
        folder = pathlib.Path(scratch)
        folder.chmod(0o755)
        limits = machine_table(machine_rows(folder))
        print(limits, file=sys.stderr)
        for round_number in range(arguments.rounds):
            print(f"round {round_number + 1} of {arguments.rounds}", file=sys.stderr)
            for index, server in enumerate(servers):
                measure(server, folder, 11000 + 1500 * index, arguments, results, gaps)
    table = report.markdown(works.WORKS, results, servers, arguments.rounds, gaps)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "table.md").write_text(limits + "\n" + table)
    (arguments.out / "table.svg").write_text(report.svg(works.WORKS, results, servers))
    print(limits + "\n" + table)


if __name__ == "__main__":
    main()
