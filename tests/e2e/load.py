"""A load with a ledger: what was acknowledged, so that a test can ask for all of it afterwards."""

import hashlib
import smtplib
import threading

from tests.e2e import clients

RECIPIENTS = ("hanako@example.test", "taro@example.test")


class Ledger:
    """Message-ID -> (recipients, hash of the content) of every message that got its 250."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = {}

    def add(self, message_id, recipients, content):
        with self.lock:
            self.acknowledged[message_id] = (recipients, hashlib.sha256(content).hexdigest())


def send_until_lost(server, ledger, worker, limit=10000):
    """Sends messages of several sizes, to one or both recipients, until the connection is lost or `limit` is reached."""
    try:
        with clients.smtp(server) as client:
            client.ehlo()
            for number in range(limit):
                recipients = RECIPIENTS if number % 3 == 0 else RECIPIENTS[number % 2 :][:1]
                size = (500, 12000, 60000, 400000)[number % 4]
                message_id = f"<{worker}.{number}@load.example>"
                content = (f"Message-ID: {message_id}\r\nSubject: {worker} {number}\r\n\r\n"
                           + f"{worker}.{number} ".ljust(70, "x") * (size // 70) + "\r\n").encode()
                client.mail("load@client.example")
                for recipient in recipients:
                    client.rcpt(recipient)
                code, _ = client.data(content)
                if code == 250:
                    ledger.add(message_id, recipients, content)
    except (OSError, smtplib.SMTPException):
        pass


def run(server, ledger, name, workers=4):
    """Starts the load; returns its threads, which end when the server does."""
    threads = [threading.Thread(target=send_until_lost, args=(server, ledger, f"{name}-{i}")) for i in range(workers)]
    for thread in threads:
        thread.start()
    return threads


def missing(server, ledger):
    """What the ledger has and the mailboxes have not, or not with these bytes; one line each."""
    found = {user: contents(server, user) for user in RECIPIENTS}
    faults = []
    for message_id, (recipients, content_hash) in ledger.acknowledged.items():
        for user in recipients:
            if message_id not in found[user]:
                faults.append(f"{message_id} is missing for {user}")
            elif content_hash not in found[user][message_id]:
                faults.append(f"{message_id} has other bytes for {user}")
    return faults


def contents(server, user):
    """Message-ID -> hashes of the bytes as they were sent, of all messages in the INBOX. Every message must be whole."""
    client = clients.imap(server, user)
    client.select("INBOX", readonly=True)
    status, data = client.uid("SEARCH", "HEADER", "Message-ID", "@load.example")
    assert status == "OK", data
    uids = data[0].decode().split()
    result = {}
    for start in range(0, len(uids), 50):
        status, data = client.uid("FETCH", ",".join(uids[start : start + 50]), "(RFC822.SIZE BODY.PEEK[])")
        assert status == "OK", data
        for head, message in (part for part in data if isinstance(part, tuple)):
            assert f"RFC822.SIZE {len(message)} ".encode() in head, (head, len(message))
            sent = message[message.index(b"Message-ID: ") :]
            message_id = sent.split(b"\r\n", 1)[0].split(b": ")[1].decode()
            result.setdefault(message_id, []).append(hashlib.sha256(sent).hexdigest())
    client.logout()
    return result
