"""kill -9 again and again while mail goes out to a peer that checks it: none is lost, and at most the transactions that
were open at the time come twice. A sample; with YUBIN_FAULT_ROUNDS so many times, 1,000 messages for each."""

import collections
import os
import smtplib
import ssl
import threading
import unittest

from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE, free_port
from tests.e2e.test_outgoing import ADMIN, PEER, Sender, unverified

LONG = os.environ.get("YUBIN_FAULT_ROUNDS", "")
ROUNDS = int(LONG) if LONG.isdigit() else 2
MESSAGES = 1000 if LONG.isdigit() else 60  # acknowledged in each round before the kill
CLIENTS = 4
AT_A_TIME = 5  # queue.per_destination


class Load:
    """Clients that submit until they are stopped; what was acknowledged is in the ledger."""

    def __init__(self, sender, ledger, name):
        self.sender, self.ledger, self.name = sender, ledger, name
        self.stopped = threading.Event()
        self.enough = threading.Event()
        self.errors = []
        self.lock = threading.Lock()
        self.begun = len(ledger)
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        try:
            with smtplib.SMTP("127.0.0.1", self.sender.base_port + 587, local_hostname="laptop", timeout=PATIENCE) as client:
                client.starttls(context=unverified())
                client.login(ADMIN, self.sender.password)
                count = 0
                while not self.stopped.is_set():
                    count += 1
                    mark = f"{self.name}-{number}-{count}"
                    client.sendmail(ADMIN, [f"u{count % 7}@peer.test"], f"Subject: {mark}\r\n\r\n" + "x" * 3000 + "\r\n")
                    with self.lock:
                        self.ledger.add(mark)
                        if len(self.ledger) - self.begun >= MESSAGES:
                            self.enough.set()
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:  # when the server is gone, as it should be
            self.errors.append(error)
            self.enough.set()

    def join(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(PATIENCE)


class Kills(unittest.TestCase):
    def test_nothing_is_lost_and_few_come_twice(self):
        ledger, came = set(), collections.Counter()
        port = free_port()
        with Peer(PEER, port) as peer, Sender(port, per_destination=AT_A_TIME) as sender:
            sender.append("\n[submission]\nrecipients_per_hour = 0\nrecipients_per_day = 0\n")
            sender.serve()
            for attempt in range(ROUNDS):
                load = Load(sender, ledger, f"kill{attempt}")
                self.assertTrue(load.enough.wait(PATIENCE * 10))
                self.assertEqual(load.errors, [])
                sender.process.kill()
                sender.process.wait(PATIENCE)
                sender.process.stdout.close()
                load.join()
                sender.serve()
            self.assertGreaterEqual(len(ledger), ROUNDS * MESSAGES)
            while not ledger <= came.keys():
                _, _, data = peer.next()
                came[data.split(b"Subject: ", 1)[1].split(b"\r\n", 1)[0].decode()] += 1
            verified = sender.ask("store", "verify")
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        twice = {mark: count for mark, count in came.items() if count > 1}
        self.assertLessEqual(len(twice), ROUNDS * AT_A_TIME, twice)


if __name__ == "__main__":
    unittest.main()
