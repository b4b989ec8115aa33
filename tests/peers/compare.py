#!/usr/bin/env python3
"""ENVELOPE, BODYSTRUCTURE and RFC822.SIZE of generated messages, by Yubin and by Dovecot.

    tests/peers/compare.py [--messages 1000] [--seed 1] [--show NUMBER]

Ends with 0 if each difference is of a kind that docs/DOVECOT.md explains. --show prints one message and both answers.
"""

import argparse
import collections
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.e2e.server import Server  # noqa: E402
from tests.peers import messages, structure, wire  # noqa: E402
from tests.peers.differences import explain  # noqa: E402
from tests.peers.dovecot import CannotRun, Dovecot  # noqa: E402

ITEMS = "ENVELOPE BODYSTRUCTURE RFC822.SIZE"


def answers(port, user, password, contents):
    client = wire.Client(port, user, password)
    client.command(b"CREATE compare")
    client.append("compare", contents)
    client.command(b"SELECT compare")
    found = client.fetch(ITEMS)
    client.close()
    if len(found) != len(contents):
        raise SystemExit(f"{len(found)} of {len(contents)} messages came back")
    return [found[number] for number in sorted(found)]


def from_both(contents):
    with Server("--allow-cleartext") as server:
        ours = answers(server.port("IMAP"), "hanako@example.test", "secret", contents)
    with Dovecot() as dovecot:
        print(f"Dovecot {dovecot.version()}")
        theirs = answers(dovecot.port, "hanako", dovecot.password, contents)
    return ours, theirs


def report(kinds, unexplained, count, seed):
    differing = {number for found in kinds.values() for number, _ in found}
    print(f"{count} messages, seed {seed}: {count - len(differing | {number for number, _ in unexplained})} the same in all")
    for kind, found in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"{len({number for number, _ in found}):5} messages  {kind.name}: {kind.text}")
    for number, difference in unexplained:
        print(f"message {number}: {difference}")
    print(f"{len(unexplained)} differences without an explanation")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int)
    options = parser.parse_args()
    numbers = [options.show] if options.show is not None else range(options.messages)
    written = [messages.message(options.seed, number) for number in numbers]
    contents = [message.content for message in written]
    try:
        ours, theirs = from_both(contents)
    except CannotRun as reason:
        print(f"cannot compare: {reason}", file=sys.stderr)
        return 2
    if options.show is not None:
        sys.stdout.buffer.write(contents[0] + b"\n")
        print("Yubin:  ", ours[0])
        print("Dovecot:", theirs[0])
    kinds = collections.defaultdict(list)
    unexplained = []
    for number, message, our, their in zip(numbers, written, ours, theirs):
        for difference in structure.differences(our, their):
            kind = explain(difference, message.oddity, structure.read(their))
            if kind:
                kinds[kind].append((number, difference))
            else:
                unexplained.append((number, f"[{message.oddity}] {difference}"))
    report(kinds, unexplained, len(contents), options.seed)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
