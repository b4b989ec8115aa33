"""The store with a fault at each of its steps (tests/faults/fault_steps.cpp): a sample, or all with `make faults`.

After each step the store is read over IMAP inside that program; here, after some, by the server itself and a client."""

import hashlib
import imaplib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from tests.e2e import clients
from tests.e2e.server import Server

PROGRAMS = pathlib.Path(os.environ.get("YUBIN_FAULT_STEPS", pathlib.Path(os.environ.get("YUBIN_BINARY", "build/asan/yubin")).parent / "tests"))
ALL = "YUBIN_FAULT_ROUNDS" in os.environ
# Nothing here depends on the disk: libpower_cut.so says what it has kept.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

# Operation, kind of fault, step: what the program itself is started on.
SAMPLES = [("deliver to 10", "power", 2), ("append, large", "torn", 2), ("move", "memory", 300), ("flags", "EIO", 1),
           ("expunge and collect", "power", 3), ("remove an account", "killed", 2), ("rewrite segments", "power", 5),
           ("back up, the next", "ENOSPC", 9), ("deliver to 1, small", "memory", 120)]


def fault_steps(*arguments, quiet=False):
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
    return subprocess.run([PROGRAMS / "fault_steps", *arguments], env=environment, text=True, check=False,
                          stdout=subprocess.PIPE if quiet else sys.stderr, stderr=subprocess.STDOUT if quiet else None)


def ledger_of(server):
    """What Ledger::text() in tests/faults/ledger.cpp says of the accounts that can log in."""
    lines = []
    for user in sorted(f"user{number}@example.test" for number in range(1, 12)):
        try:
            client = clients.imap(server, user)
        except imaplib.IMAP4.error:
            continue
        for name in sorted(line.decode().split('"/" ')[1].strip('"') for line in client.list()[1]):
            lines += mailbox_of(client, user, name)
        client.logout()
    return "".join(lines)


def mailbox_of(client, user, name):
    assert client.select(name, readonly=True)[0] == "OK"
    yield f"{user} {name} uidnext={client.response('UIDNEXT')[1][0].decode()}\n"
    status, data = client.uid("FETCH", "1:*", "(FLAGS RFC822.SIZE BODY.PEEK[])")
    assert status == "OK", data
    for head, text in (part for part in data if isinstance(part, tuple)):
        assert f"RFC822.SIZE {len(text)} ".encode() in head, head
        sent = text[text.index(b"Message-ID: ") :]
        message_id = sent.split(b"\r\n", 1)[0].split(b": ")[1].decode()
        flags = " ".join(sorted(flag.decode() for flag in imaplib.ParseFlags(head)))
        uid = int(re.search(rb"UID (\d+)", head)[1])
        yield f"  uid={uid} id={message_id} flags=({flags}) size={len(sent)} sha256={hashlib.sha256(sent).hexdigest()}\n"


@unittest.skipUnless((PROGRAMS / "fault_steps").exists(), "fault_steps is not built")
class FaultSteps(unittest.TestCase):
    def test_after_any_fault_at_any_step_clients_find_the_ledger_as_before_or_as_after(self):
        with tempfile.TemporaryDirectory(prefix="yubin-steps-", dir=MEMORY) as folder:
            ended = fault_steps(f"{folder}/steps", *([] if ALL else ["--sample"]), quiet=not ALL)
        self.assertEqual(ended.returncode, 0, ended.stdout)

    def test_what_a_delivery_costs_is_bounded(self):
        """Syncs, bytes written into files, tables of rows included, and allocations of all threads."""
        with tempfile.TemporaryDirectory(prefix="yubin-steps-", dir=MEMORY) as folder:
            counted = fault_steps(f"{folder}/costs", "--costs", quiet=True)
        self.assertEqual(counted.returncode, 0, counted.stdout)
        costs = {cost["work"]: cost for cost in map(json.loads, counted.stdout.splitlines())}
        for size in (1024, 4096):
            self.assertEqual(costs[f"one of {size}"]["syncs"], 1, size)  # the body is in the row
        for size in (40960, 1048576):
            self.assertEqual(costs[f"one of {size}"]["syncs"], 2, size)  # the body, then the rows
        for work, most in (("many of 4096", 2), ("many of 4096, 40960, 1048576", 1.3)):
            cost = costs[work]
            self.assertLessEqual(cost["written"] / cost["received"], most, work)
            self.assertLessEqual(cost["syncs"] / cost["messages"], 2.1, work)
        for work, cost in costs.items():
            self.assertLessEqual(cost["allocations"] / cost["messages"], 350, work)

    def test_so_does_a_server_that_is_started_there(self):
        for sample in SAMPLES if ALL else SAMPLES[:1]:
            with self.subTest(sample), tempfile.TemporaryDirectory(prefix="yubin-steps-", dir=MEMORY) as folder:
                left = fault_steps(f"{folder}/steps", "--leave", *map(str, sample), quiet=True)
                self.assertEqual(left.returncode, 0, left.stdout)
                expected = [path.read_text() for path in sorted(pathlib.Path(folder, "steps").glob("expected-*"))]
                with Server(directory=f"{folder}/steps/left") as server:
                    self.assertIn(ledger_of(server), expected)
                    verified = server.run("store", "verify")
                    self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)


if __name__ == "__main__":
    unittest.main()
