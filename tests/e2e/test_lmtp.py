"""LMTP, and mail for more mailboxes than one change may have."""

import email.policy
import smtplib
import subprocess
import unittest

from tests.e2e import clients
from tests.e2e.server import PATIENCE, Server

DOMAIN = "example.test"
MANY = 70  # one change has 64


def lmtp(server):
    return smtplib.LMTP("localhost", server.port("LMTP"), "mta.example", timeout=PATIENCE)


class Lmtp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def test_python_and_swaks_deliver(self):
        # Python's client reads one reply after the data, so it has one recipient.
        mail = clients.message("over lmtp")
        with lmtp(self.server) as client:
            self.assertEqual(client.sendmail("a@client.example", [f"hanako@{DOMAIN}"],
                                             mail.as_bytes(policy=email.policy.SMTP)), {})
        imap = clients.imap(self.server)
        self.assertEqual(clients.message_ids(imap).count(mail["Message-ID"]), 1)
        imap.logout()
        sent = subprocess.run(["swaks", "--protocol", "LMTP", "--server", f"localhost:{self.server.port('LMTP')}",
                               "--from", "a@client.example", "--to", f"hanako@{DOMAIN}"], capture_output=True,
                              text=True, timeout=PATIENCE)
        self.assertEqual(sent.returncode, 0, sent.stdout + sent.stderr)

    def test_each_recipient_has_a_fate_of_its_own(self):
        with lmtp(self.server) as client:
            client.ehlo()
            client.mail("a@client.example")
            for user in ("hanako", "taro"):
                self.assertEqual(client.rcpt(f"{user}@{DOMAIN}")[0], 250)
            client.putcmd("DATA")
            self.assertEqual(client.getreply()[0], 354)
            client.send(f"Delivered-To: hanako@{DOMAIN}\r\nSubject: was here\r\n\r\n.\r\n".encode())
            self.assertEqual(client.getreply()[0], 554)
            self.assertEqual(client.getreply()[0], 250)


class ManyMailboxes(unittest.TestCase):
    def test_a_message_for_more_than_one_change_reaches_all_once_also_over_a_kill(self):
        users = [f"user{i}@{DOMAIN}" for i in range(1, MANY + 1)]
        with Server("--accounts", str(MANY)) as server:
            mails = [clients.message(f"for many {i}") for i in range(5)]
            for mail in mails:
                clients.send(server, mail, users)
            server.kill()  # what of the queue is delivered then is anybody's guess
            server.start()
            last = clients.message("the last one")
            clients.send(server, last, users)
            wanted = sorted(mail["Message-ID"] for mail in [*mails, last])
            for user in users:
                self.assertEqual(sorted(self.wait_for(server, user, len(wanted))), wanted, user)
            verified = server.run("store", "verify")
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def wait_for(self, server, user, count):
        """The messages once there are so many; the queue's job needs a moment after the 250."""
        imap = clients.imap(server, user)
        try:
            for _ in range(10_000):
                _, exists = imap.status("INBOX", "(MESSAGES)")
                if int(exists[0].split()[-1].rstrip(b")")) >= count:
                    break
            return clients.message_ids(imap)
        finally:
            imap.logout()


if __name__ == "__main__":
    unittest.main()
