#!/usr/bin/env python3
"""make storm: mail to 1,000 destinations while peers misbehave, and the memory that a long queue takes.

A newsletter goes to all destinations and letters of another sender go to healthy ones, while other peers greylist,
answer 421 when they are hurried, are dead, or take seconds for each reply. Printed is how long the mail for healthy
peers took from its acceptance to the peer. Then a million recipients are queued for a host that is dead.
"""

import argparse
import asyncio
import collections
import multiprocessing
import pathlib
import resource
import shutil
import smtplib
import socket
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import peers  # noqa: E402
from bench.relay import SendingYubin  # noqa: E402

KINDS = {"healthy": ("127.0.0.21", 600), "grey": ("127.0.0.22", 100), "hurried": ("127.0.0.23", 100),
         "dead": ("127.0.0.24", 100), "slow": ("127.0.0.25", 100)}
HURRY = 20  # messages in a second that the hurried peer takes
SLOW = 5  # seconds


class Peers:
    """One SMTP server of each kind, in a process of their own."""

    def __init__(self, port, came):
        self.came = came  # gets (kind, mark, time) of each message
        self.greylisted = set()
        self.recent = collections.deque()
        asyncio.run(self.serve(port))

    async def serve(self, port):
        for kind, (address, _) in KINDS.items():
            if kind != "dead":
                await asyncio.start_server(lambda r, w, kind=kind: self.talk(kind, r, w), address, port, backlog=500)
        self.came.put(None)
        await asyncio.Event().wait()

    def reply_to(self, kind, line):
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-peer\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
        if verb == b"MAIL" and kind == "hurried":
            now = time.monotonic()
            while self.recent and now - self.recent[0] > 1:
                self.recent.popleft()
            if len(self.recent) >= HURRY:
                return b"421 4.7.0 too many messages, slow down\r\n"
            self.recent.append(now)
        if verb == b"RCPT" and kind == "grey" and line not in self.greylisted:
            self.greylisted.add(line)
            return b"451 4.7.1 greylisted, come back later\r\n"
        return {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n")

    async def talk(self, kind, reader, writer):
        try:
            recipients = 0
            writer.write(b"220 peer\r\n")
            while line := await reader.readline():
                if kind == "slow":
                    await asyncio.sleep(SLOW)
                reply = self.reply_to(kind, line)
                if line[:4].upper() == b"MAIL":
                    recipients = 0
                if line[:4].upper() == b"RCPT" and reply.startswith(b"250"):
                    recipients += 1
                if reply.startswith(b"354") and recipients == 0:
                    reply = b"554 no valid recipients\r\n"
                writer.write(reply)
                if reply.startswith(b"354"):
                    data = await reader.readuntil(b"\r\n.\r\n")
                    mark = data.split(b"Subject: ", 1)[1].split(b"\r\n", 1)[0].decode()
                    self.came.put((kind, mark, time.monotonic()))
                    writer.write(b"250 taken\r\n")
                if reply.startswith((b"221", b"421")):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Arrivals:
    """What the peers have got."""

    def __init__(self, port):
        self.times = {}  # mark: time
        self.kinds = collections.Counter()
        came = multiprocessing.Queue()
        multiprocessing.Process(target=Peers, args=(port, came), daemon=True).start()
        came.get()
        threading.Thread(target=self.collect, args=(came,), daemon=True).start()

    def collect(self, came):
        while True:
            kind, mark, when = came.get()
            self.times.setdefault(mark, when)
            self.kinds[kind] += 1


class Client(smtplib.SMTP):
    """Speaks to the server's socket for programs of this machine."""

    def __init__(self, path):
        self.path = str(path)
        super().__init__("localhost", 1, local_hostname="laptop", timeout=300)

    def _get_socket(self, *_):
        made = socket.socket(socket.AF_UNIX)
        made.connect(self.path)
        return made


class Yubin(SendingYubin):
    name = "yubin-storm"
    admin = "admin@storm.test"
    queue = 'first_retry = "30s"'
    patience = 120

    def records(self):
        hosts = [f"mx.{kind}.test. A {address}" for kind, (address, _) in KINDS.items()]
        return hosts + [f"{domain}. MX 10 mx.{kind}.test." for kind in KINDS for domain in domains(kind)]

    def client(self):
        return Client(self.folder / "submit.sock")


def domains(kind):
    return [f"d{number}.{kind}.test" for number in range(KINDS[kind][1])]


def send(client, sender, recipients, mark, size=2000):
    client.sendmail(sender, recipients, f"Subject: {mark}\r\n\r\n" + ("x" * 70 + "\r\n") * (size // 72))
    return time.monotonic()


def newsletter(server, rounds, accepted):
    everywhere = [domain for kind in KINDS for domain in domains(kind)]
    with server.client() as client:
        for number in range(rounds):
            for domain in everywhere:
                mark = f"news-{number}-{domain}"
                accepted[mark] = send(client, "news@storm.test", [f"reader@{domain}"], mark)


def letters(server, accepted, stop):
    names = domains("healthy")
    with server.client() as client:
        count = 0
        while not stop.is_set():
            mark = f"letter-{count}"
            accepted[mark] = send(client, "hanako@storm.test", [f"friend@{names[count % len(names)]}"], mark)
            count += 1
            stop.wait(0.05)


def spread(what, delays):
    ordered = sorted(delays)
    cut = statistics.quantiles(ordered, n=100)
    print(f"{what}: {len(ordered)} messages, p50 {cut[49] * 1000:.0f} ms, p99 {cut[98] * 1000:.0f} ms, "
          f"longest {ordered[-1] * 1000:.0f} ms")


def storm(server, sinks, rounds):
    accepted, stop = {}, threading.Event()
    writer = threading.Thread(target=letters, args=(server, accepted, stop))
    writer.start()
    newsletter(server, rounds, accepted)
    healthy = {mark for mark in accepted if mark.startswith("news") and mark.endswith("healthy.test")}
    peers.wait_until(lambda: healthy <= sinks.times.keys(), "the newsletter at healthy peers", 600)
    time.sleep(10)  # letters alone, beside what still waits
    stop.set()
    writer.join()
    wanted = {mark for mark in accepted if mark.startswith("letter")}
    peers.wait_until(lambda: wanted <= sinks.times.keys(), "the last letter", 600)
    spread("newsletter, healthy peers", [sinks.times[mark] - accepted[mark] for mark in healthy])
    spread("letters beside it", [sinks.times[mark] - accepted[mark] for mark in wanted])
    before = server.processes.cpu()
    time.sleep(10)
    print(f"with the rest waiting: {(server.processes.cpu() - before) / 10:.1%} of a core")
    print("came: " + ", ".join(f"{kind} {sinks.kinds[kind]}" for kind in KINDS if kind != "dead"))


def long_queue(server, recipients):
    def memory():
        return server.processes.pss() / 1e6

    names = domains("dead")
    print(f"memory with an empty queue: {memory():.0f} MB")
    step = recipients // 5
    with server.client() as client:
        client.ehlo()
        for count in range(0, recipients, 100):
            to = [f"reader{count + i}@{names[(count + i) % len(names)]}" for i in range(100)]
            lines = "".join(f"RCPT TO:<{one}>\r\n" for one in to)
            client.send(f"MAIL FROM:<news@storm.test>\r\n{lines}DATA\r\n")
            replies = [client.getreply()[0] for _ in range(102)]
            assert replies == [250] * 101 + [354], replies
            client.send("Subject: news\r\n\r\nHello\r\n.\r\n")
            assert client.getreply()[0] == 250
            if (count + 100) % step == 0:
                print(f"memory with {count + 100:,} recipients: {memory():.0f} MB", flush=True)
    before = server.processes.cpu()
    time.sleep(10)
    print(f"with all of them waiting: {(server.processes.cpu() - before) / 10:.1%} of a core, {memory():.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of the newsletter, 1,000 messages each")
    parser.add_argument("--recipients", type=int, default=1_000_000)
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    port = 12725
    folder = pathlib.Path(tempfile.mkdtemp(prefix="yubin-storm-", dir=peers.ROOT / "build"))
    try:
        if arguments.rounds:
            sinks = Arrivals(port)
            with Yubin(folder, port - 1) as server:
                storm(server, sinks, arguments.rounds)
        if arguments.recipients:
            with Yubin(folder, port + 10) as server:  # where nobody listens
                long_queue(server, arguments.recipients)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
