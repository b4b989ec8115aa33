"""What is measured: each work is a function of a running server, and gives figures by name."""

import json
import os
import pathlib
import resource
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

from bench import peers
from bench.relay import relay

LOAD = peers.ROOT / "build/release/bench/yubin_bench_load"
MIX = ",".join(["4096"] * 14 + ["40960"] * 5 + ["1048576"])
JAPANESE = "SEARCH CHARSET UTF-8 BODY {15+}\r\n見積書をご"

_, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))


class Measured:
    """A server during one round: runs load on it and says what that took."""

    def __init__(self, server, quick):
        self.server = server
        self.quick = quick
        self.delivered = 0

    def prepare(self):
        """The mailbox that all servers' readers read: user1's Reading."""
        self.imap("--setup", "CREATE Reading", "--command", "APPEND Reading {mail 4096}", "--operations", self.reading,
                  "--pipelined", 16)

    @property
    def reading(self):
        return self.count(5000)

    def load(self, kind, port, *options):
        return self.run(kind, "--port", port, *options)

    def send(self, *options):
        return self.run("smtp", *options)

    def run(self, *options):
        done = subprocess.run([LOAD, *map(str, options)], capture_output=True, text=True)
        if done.returncode != 0:
            raise peers.CannotRun(done.stderr.strip())
        return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}

    def imap(self, *options, tls=False, connections=1, users=1):
        port = self.server.imaps_port if tls else self.server.imap_port
        return self.load("imap", port, *(["--tls"] if tls else []), "--password", peers.PASSWORD, "--connections",
                         connections, "--users", users, *options)

    def count(self, full):
        return max(1, full // 5) if self.quick else full

    def deliver(self, messages, copies=1, **options):
        """From the first connection until all can be read over IMAP."""
        flags = [part for name, value in options.items() for part in ("--" + name.replace("_", "-"), str(value))
                 if part != "True"]
        cpu = self.server.processes.cpu()
        written = written_sectors()
        start = os.times().elapsed
        sent = self.load("smtp", self.server.smtp_port, "--messages", messages, "--users", peers.USERS, *flags)
        self.delivered += messages * copies
        self.load("wait", self.server.imap_port, "--password", peers.PASSWORD, "--users", peers.USERS, "--messages",
                  self.delivered)
        seconds = os.times().elapsed - start
        os.sync()
        bytes_written = (written_sectors() - written) * 512
        return {"rate": messages * copies / max(seconds, sent["seconds"]),
                "cpu_ms": (self.server.processes.cpu() - cpu) * 1000 / (messages * copies),
                "written": bytes_written / (sent["bytes"] * copies), "p99_ms": sent["p99_ms"]}


def written_sectors():
    """Of the disk that the scratch folder is on: everything the machine writes, so nothing else should run."""
    device = os.stat(peers.ROOT).st_dev
    stat = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
    return int(stat.read_text().split()[6]) if stat.exists() else 0


def fast(server):
    """Yubin gets more of the same work, so that its runs are not over before they are measured."""
    return 10 if isinstance(server, peers.Yubin) else 1


def deliver_4k(m):
    return m.deliver(m.count(2000 * fast(m.server)), sizes=4096, connections=16)


def deliver_mix(m):
    return m.deliver(m.count(600 * fast(m.server)), sizes=MIX, connections=16)


def deliver_one_connection(m):
    return m.deliver(m.count(300 * fast(m.server)), sizes=4096, connections=1)


def deliver_connection_each(m):
    return m.deliver(m.count(600 * fast(m.server)), sizes=4096, connections=16, connection_per_message=True)


def deliver_ten_recipients(m):
    return m.deliver(m.count(150 * fast(m.server)), copies=10, sizes=4096, connections=16, recipients=10)


def push(m):
    row = m.load("push", m.server.imap_port, "--password", peers.PASSWORD, "--smtp-port", m.server.smtp_port,
                 "--messages", m.count(200))
    m.delivered += m.count(200)
    return {"p50_ms": row["p50_ms"], "p99_ms": row["p99_ms"]}


def append(m):
    messages = m.count(400 * fast(m.server))
    row = m.imap("--command", "APPEND INBOX {mail 4096}", "--operations", messages, connections=8, users=8)
    m.delivered += messages
    return {"rate": row["rate"], "p99_ms": row["p99_ms"]}


def fetch(m, items, operations=1, **options):
    return m.imap("--setup", "SELECT Reading", "--command", f"FETCH 1:* ({items})", "--operations", operations, **options)


def fetch_summaries(m):
    first = fetch(m, "UID FLAGS ENVELOPE BODYSTRUCTURE")
    warm = fetch(m, "UID FLAGS ENVELOPE BODYSTRUCTURE", operations=10)
    return {"first_rows": first["rows_per_s"], "warm_rows": warm["rows_per_s"]}


def fetch_headers(m):
    return {"rows": fetch(m, "UID BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID)]", operations=5)["rows_per_s"]}


def fetch_messages(m):
    fetch(m, "BODY.PEEK[]")
    return {"mb_per_s": fetch(m, "BODY.PEEK[]", operations=5)["mb_per_s"],
            "tls_mb_per_s": fetch(m, "BODY.PEEK[]", operations=5, tls=True)["mb_per_s"]}


def store(m):
    ranges = m.imap("--setup", "SELECT Reading", "--command", r"STORE 1:* +FLAGS.SILENT (\Seen)", "--command",
                    r"STORE 1:* -FLAGS.SILENT (\Seen)", "--operations", 5)
    single = m.imap("--setup", "SELECT Reading", "--command", r"STORE 7 +FLAGS.SILENT (\Flagged)", "--command",
                    r"STORE 7 -FLAGS.SILENT (\Flagged)", "--operations", m.count(1000))
    many = m.imap("--setup", "APPEND INBOX {mail 4096}", "--setup", "SELECT INBOX", "--command",
                  r"STORE 1 +FLAGS.SILENT (\Flagged)", "--command", r"STORE 1 -FLAGS.SILENT (\Flagged)", "--operations",
                  m.count(2000), connections=16, users=16)
    m.delivered += 16
    return {"range_rate": ranges["rate"] * 2 * m.reading, "single_rate": single["rate"] * 2, "many_rate": many["rate"] * 2}


def search(m):
    row = m.imap("--setup", "SELECT Reading", "--command", JAPANESE, "--operations", 3)
    return {"p50_ms": row["p50_ms"]}


def select(m):
    row = m.imap("--command", "SELECT Reading", "--operations", m.count(1000))
    return {"rate": row["rate"]}


def logins(m):
    number = m.count(500)
    clear = m.imap("--logins", "--operations", number, connections=8, users=8)
    tls = m.imap("--logins", "--operations", number, connections=8, users=8, tls=True)
    return {"clear_rate": clear["rate"], "tls_rate": tls["rate"]}


def pop3(m):
    if m.server.pop3_port is None:
        raise peers.CannotRun("no POP3")
    messages = m.count(10_000)
    m.imap("--command", "APPEND INBOX {mail 4096}", "--operations", messages, "--pipelined", 16)
    m.delivered += messages
    row = m.load("pop3", m.server.pop3_port, "--password", peers.PASSWORD, "--operations", messages)
    return {"rate": row["rate"]}


def copy_and_expunge(m):
    row = m.imap("--setup", "SELECT Reading", "--setup", "CREATE Copies", "--command", "COPY 1:* Copies", "--operations", 1)
    moved = m.imap("--setup", "SELECT Copies", "--setup", "CREATE Moved", "--command", "MOVE 1:* Moved", "--operations", 1)
    gone = m.imap("--setup", "SELECT Moved", "--setup", r"STORE 1:* +FLAGS.SILENT (\Deleted)", "--command", "EXPUNGE",
                  "--operations", 1)
    return {"copy": m.reading / row["seconds"], "move": m.reading / moved["seconds"], "expunge": m.reading / gone["seconds"]}


# What a client asks for when its user opens a mailbox, reads a message and puts it aside.
READER = ("SELECT Reading", "FETCH 1:100 (UID FLAGS ENVELOPE)", "FETCH 50 (BODY.PEEK[])", r"STORE 50 +FLAGS (\Seen)",
          "SEARCH UNSEEN", "COPY 50 Aside", "NOOP")


def mixed(m):
    """Eight clients read for as long as mail comes in by eight connections."""
    m.imap("--command", "CREATE Aside", "--operations", 1)
    commands = [word for command in READER for word in ("--command", command)]
    rounds, seconds = 0, 0
    with ThreadPoolExecutor(max_workers=1) as pool:
        delivery = pool.submit(m.deliver, m.count(400 * fast(m.server)), sizes=MIX, connections=8)
        while not delivery.done():
            row = m.imap(*commands, "--operations", 40, connections=8)
            rounds += 40
            seconds += row["seconds"]
        return {"rate": delivery.result()["rate"], "rounds": rounds / seconds}


def idle(m):
    return {"kb_each": idle_memory(m, m.server.imap_port), "tls_kb_each": idle_memory(m, m.server.imaps_port, "--tls")}


def idle_memory(m, port, *options):
    clients = max(500, m.count(2000))
    before = m.server.processes.pss()
    holder = subprocess.Popen([LOAD, "idle", "--port", str(port), "--password", peers.PASSWORD, "--connections",
                               str(clients), "--users", str(peers.USERS), *options],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if "holding" not in holder.stdout.readline():
            raise peers.CannotRun("the clients were not taken")
        return (m.server.processes.pss() - before) / clients / 1024
    finally:
        holder.stdin.close()
        holder.wait(60)


def hostile(m):
    """Connections that greet and then stay half a command long, and how others fare meanwhile."""
    if not isinstance(m.server, peers.Yubin):
        raise peers.CannotRun("a process for each connection, and at most 100 of them (default_process_limit)")
    # Port 25 lets in 5,000 (mx_limits.connections), the others 4,000 that have not logged in (limits.unauthenticated).
    doors = [(m.server.smtp_port, b"EHLO half a comm")] * 4_500
    doors += [(m.server.imap_port, b"a LOGIN half")] * 2_750 + [(m.server.pop3_port, b"USER half")] * 2_750
    held = []
    try:
        for number, (port, words) in enumerate(doors):
            held.append(socket.create_connection(("127.0.0.1", port), 5,
                                                 source_address=(f"127.0.{1 + number // 250}.{1 + number % 250}", 0)))
            held[-1].sendall(words)
        sent = m.load("smtp", m.server.smtp_port, "--messages", m.count(2000), "--users", peers.USERS, "--sizes", 4096,
                      "--connections", 4)
        m.delivered += m.count(2000)
        return {"p99_ms": sent["p99_ms"]}
    except OSError as error:
        raise peers.CannotRun(f"with {len(held)} silent connections: {error}") from error
    finally:
        for one in held:
            one.close()


DELIVERIES = (deliver_4k, deliver_mix, deliver_one_connection, deliver_connection_each, deliver_ten_recipients)

# Name in tables, function, figures: (key, unit, "more" or "less" is better).
# The idle clients come first, while a server's memory is not yet going up and down by itself.
WORKS = (
    ("idle IMAP client", idle, (("kb_each", "KB each", "less"), ("tls_kb_each", "KB each, TLS", "less"))),
    ("4 KB mail, 16 connections", deliver_4k,
     (("rate", "messages/s", "more"), ("cpu_ms", "ms CPU each", "less"), ("written", "bytes written per byte", "less"),
      ("p99_ms", "ms to 250, p99", "less"))),
    ("mix of 4 KB, 40 KB, 1 MB", deliver_mix,
     (("rate", "messages/s", "more"), ("written", "bytes written per byte", "less"))),
    ("4 KB, one connection", deliver_one_connection, (("rate", "messages/s", "more"),)),
    ("4 KB, a connection for each", deliver_connection_each, (("rate", "messages/s", "more"),)),
    ("4 KB, ten recipients", deliver_ten_recipients, (("rate", "copies/s", "more"),)),
    ("4 KB, 4 connections, beside 10,000 silent ones", hostile, (("p99_ms", "ms to 250, p99", "less"),)),
    ("4 KB through the server to another one", relay,
     (("rate", "messages/s", "more"), ("cpu_ms", "ms CPU each", "less"))),
    ("delivery seen by IDLE", push, (("p50_ms", "ms, p50", "less"), ("p99_ms", "ms, p99", "less"))),
    ("APPEND 4 KB, 8 connections", append, (("rate", "messages/s", "more"),)),
    ("FETCH ENVELOPE BODYSTRUCTURE", fetch_summaries,
     (("first_rows", "rows/s, first", "more"), ("warm_rows", "rows/s, warm", "more"))),
    ("FETCH of five header fields", fetch_headers, (("rows", "rows/s", "more"),)),
    ("FETCH whole messages", fetch_messages, (("mb_per_s", "MB/s", "more"), ("tls_mb_per_s", "MB/s, TLS", "more"))),
    ("STORE", store, (("range_rate", "messages/s, 1:*", "more"), ("single_rate", "commands/s, one by one", "more"),
                      ("many_rate", "commands/s, by 16 clients", "more"))),
    ("SEARCH BODY, Japanese", search, (("p50_ms", "ms", "less"),)),
    ("SELECT", select, (("rate", "commands/s", "more"),)),
    ("COPY, MOVE, EXPUNGE of all", copy_and_expunge,
     (("copy", "messages/s, COPY", "more"), ("move", "messages/s, MOVE", "more"),
      ("expunge", "messages/s, EXPUNGE", "more"))),
    ("logins, 8 at a time", logins, (("clear_rate", "per s, clear", "more"), ("tls_rate", "per s, TLS", "more"))),
    ("POP3 RETR, 4 KB", pop3, (("rate", "messages/s", "more"),)),
    ("8 connections deliver, 8 clients read", mixed,
     (("rate", "messages/s delivered", "more"), ("rounds", "clients' rounds/s", "more"))),
)
