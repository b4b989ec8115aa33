"""Aliases that lead to other domains: mail leaves with a sender of ours (SRS), its text and signatures as they were; reports
come back through it. And copies of mail for somebody else."""

import json
import smtplib
import unittest

from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE, free_port
from tests.e2e.test_outgoing import ADMIN, PEER, Sender, wait_for

TEXT = "DKIM-Signature: v=1; a=rsa-sha256\r\nFrom: Friend <friend@elsewhere.test>\r\nSubject:  two  spaces\r\n\r\nHello  \r\n\r\n"


class Forwarding(unittest.TestCase):
    def setUp(self):
        self.port = free_port()
        self.sender = self.enterContext(Sender(self.port, first_retry="1s"))
        with open(self.sender.config.parent / "zone", "a") as zone:
            zone.write("elsewhere.test. MX 10 dead.test.\n")
        self.sender.config.write_text(self.sender.config.read_text() + f'''
[[listener]]
service = "mx"
address = "127.0.0.1:{self.sender.base_port + 25}"

[submission]
hide_client = true

[addresses]
copies_of_received = ["boss@sender.test=archive@peer.test", "away@sender.test=admin@sender.test"]
''')
        self.sender.serve()
        self.add("away@sender.test", "friend@peer.test")

    def add(self, address, target):
        done = self.sender.ask("alias", "add", address, target)
        self.assertEqual(done.returncode, 0, done.stderr)

    def deliver(self, recipients, reverse_path="friend@elsewhere.test", text=TEXT):
        with smtplib.SMTP("127.0.0.1", self.sender.base_port + 25, "mx.elsewhere.test", timeout=PATIENCE) as client:
            return client.sendmail(reverse_path, recipients, text)

    def refusal(self, recipient, reverse_path=""):
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as refused:
            self.deliver([recipient], reverse_path)
        return refused.exception.recipients[recipient]

    def test_what_is_forwarded_has_a_sender_of_ours_and_is_otherwise_as_it_was(self):
        with Peer(PEER, self.port) as peer:
            self.deliver(["away@sender.test"])
            mail, recipients, data = peer.next()
            self.assertEqual(recipients, ["RCPT TO:<friend@peer.test>"])
            self.assertTrue(data.endswith(TEXT.encode()), data)
            self.assertRegex(mail, r"^MAIL FROM:<SRS0=[a-z2-7]{6}=[a-z2-7]{2}=elsewhere\.test=friend@sender\.test>")
            rewritten = mail.split("<")[1].split(">")[0]
            # A report comes back, and goes on to who sent the message.
            self.deliver([rewritten], "", "From: <>\r\nSubject: failed\r\n\r\nno\r\n")
            waiting = self.sender.ask("queue", "list").stdout
            self.assertIn("friend@elsewhere.test", waiting)
            code, text = self.refusal(rewritten, "spammer@elsewhere.test")
            self.assertEqual((code, text[:5]), (550, b"5.7.1"))
            code, text = self.refusal(rewritten.replace("=friend@", "=victim@"))
            self.assertEqual((code, text[:5]), (550, b"5.1.1"))
            self.deliver(["away@sender.test"], "")
            self.assertTrue(peer.next()[0].startswith("MAIL FROM:<>"))

    def test_what_is_refused_there_is_kept_until_somebody_decides(self):
        with Peer(PEER, self.port, rcpt=[b"550 5.7.1 looks like spam\r\n"]) as peer:
            self.deliver(["away@sender.test"])
            held = []
            while not held:
                held = json.loads(self.sender.ask("queue", "list", "--state", "held", "--json").stdout)["messages"]
            self.assertEqual(held[0]["recipients"][0]["original"], "away@sender.test")
            self.assertIn("it is kept, since the sender may not be told", self.sender.ask("trace", "--kind", "delivery", "--json").stdout)
            self.sender.ask("queue", "redirect", held[0]["id"], "--to", "other@peer.test")
            self.assertEqual([peer.next()[1], peer.next()[1]], [[], ["RCPT TO:<other@peer.test>"]])

    def test_our_own_people_keep_their_name_and_hide_where_they_are(self):
        with Peer(PEER, self.port) as peer:
            self.sender.send(["away@sender.test"])
            mail, _, data = peer.next()
            self.assertTrue(mail.startswith(f"MAIL FROM:<{ADMIN}>"))
            self.assertTrue(data.startswith(b"Received: by mx.sender.test (somebody who has logged in)\r\n\twith ESMTPSA id "))
            self.assertNotIn(b"127.0.0.1", data)

    def test_an_alias_leads_here_and_elsewhere(self):
        self.assertEqual(self.sender.ask("alias", "add", "both@sender.test", ADMIN, "friend@peer.test").returncode, 0)
        imap = self.sender.imap()
        self.addCleanup(imap.logout)
        with Peer(PEER, self.port) as peer:
            self.deliver(["both@sender.test"])
            self.assertEqual(peer.next()[1], ["RCPT TO:<friend@peer.test>"])
            self.assertEqual(wait_for(imap, 1)["Return-Path"], "<friend@elsewhere.test>")

    def test_who_reads_reports_elsewhere_gets_them_beside_the_server(self):
        self.add("dmarc-reports@sender.test", "friend@peer.test")
        with Peer(PEER, self.port) as peer:
            self.deliver(["dmarc-reports@sender.test"])
            self.assertEqual(peer.next()[1], ["RCPT TO:<friend@peer.test>"])
        self.assertIn("<dmarc-reports@sender.test>", self.sender.ask("trace", "--to", "dmarc-reports@sender.test").stdout)

    def test_a_copy_goes_where_a_rule_says(self):
        self.add("boss@sender.test", ADMIN)
        imap = self.sender.imap()
        self.addCleanup(imap.logout)
        with Peer(PEER, self.port) as peer:
            self.deliver(["boss@sender.test"])
            self.assertEqual(peer.next()[1], ["RCPT TO:<archive@peer.test>"])
            self.assertEqual(wait_for(imap, 1)["Subject"], "two  spaces")

    def test_what_comes_back_through_an_alias_goes_round_no_further(self):
        self.add("two@sender.test", "friend@peer.test")
        with Peer(PEER, self.port) as peer:
            self.deliver(["away@sender.test", "two@sender.test"])
            back = peer.next()[2].decode()
            self.assertNotIn("away@", back)
            for alias in ("away@sender.test", "two@sender.test"):
                with self.assertRaises(smtplib.SMTPDataError) as refused:
                    self.deliver([alias], "somebody@peer.test", back)
                self.assertEqual((refused.exception.smtp_code, refused.exception.smtp_error[:5]), (554, b"5.4.6"))
            self.add("third@sender.test", "friend@peer.test")
            self.deliver(["third@sender.test"], "somebody@peer.test", back)

    def test_a_copy_that_would_loop_keeps_no_mail_from_anybody(self):
        with Peer(PEER, self.port) as peer:
            self.deliver(["away@sender.test"], text=f"Delivered-To: {ADMIN}\r\n{TEXT}")
            self.assertEqual(peer.next()[1], ["RCPT TO:<friend@peer.test>"])


if __name__ == "__main__":
    unittest.main()
