"""check@ of a hosted domain: who writes there and is known for sure is told what was seen of the message."""

import email
import email.policy
import json
import time
import unittest

from tests.e2e import judged
from tests.e2e.installed import Installed
from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE

HOST = "127.0.0.7"
ZONE = f"""one.test. TXT "v=spf1 ip4:192.0.2.0/24 -all"
one.test. MX 10 in.one.test.
in.one.test. A {HOST}
_dmarc.one.test. TXT "v=DMARC1; p=reject"
9.2.0.192.in-addr.arpa. PTR mx.one.test.
mx.one.test. A 192.0.2.9
two.test. TXT "v=spf1 ip4:192.0.2.0/24 -all"
two.test. MX 10 in.one.test.
"""
MAIL = "From: Anna <a@one.test>\nSubject: check\nMessage-ID: <1@one.test>\n{}\nhello"


class Reflector(unittest.TestCase):
    def start(self, reports):
        peer = Peer(HOST, 0)
        self.addCleanup(peer.socket.close)
        server = self.enterContext(Installed())
        self.assertEqual(server.init().returncode, 0)
        zone = server.config.parent / "zone"
        zone.write_text(ZONE)
        server.listen(("mx", 25))
        server.append(f'\n[outgoing]\nenabled = true\nport = {peer.port}\nloopback = true\n\n[dns]\nmode = "static"\nzone = "{zone}"\n'
                      f'{judged.CONFIGURATION}{reports}')
        self.assertIsNone(server.start())
        self.server, self.peer, self.read = server, peer, 0

    def bring(self, message, sender="a@one.test", ip="192.0.2.9"):
        """What the server did with the mail, in the words of the journal."""
        reply = judged.bring(self.server.base_port + 25, message, "check@example.test", sender, ip)
        self.assertTrue(reply.startswith("250"), reply)
        self.read += 1
        deadline = time.monotonic() + PATIENCE
        while True:
            entries = json.loads(self.server.ask("--json", "trace", "--to", "check@example.test", "--kind", "delivery",
                                                 "--limit", "100").stdout)["entries"]
            if len(entries) >= self.read:
                return entries[0]["recipients"][0]["detail"]  # the newest
            self.assertLess(time.monotonic(), deadline, entries)

    def test_who_is_known_for_sure_is_told_once_an_hour(self):
        self.start("\n[reports]\nanswer_checks = true\n")
        self.assertEqual(self.bring(MAIL.format("")), "answered to a@one.test")
        mail, recipients, data = self.peer.next()
        self.assertTrue(mail.startswith("MAIL FROM:<>"), mail)
        self.assertEqual(recipients, ["RCPT TO:<a@one.test>"])
        answer = email.message_from_bytes(data, policy=email.policy.default)
        self.assertEqual((answer["From"], answer["To"]), ("check@example.test", "a@one.test"))
        self.assertEqual((answer["Auto-Submitted"], answer["In-Reply-To"]), ("auto-replied", "<1@one.test>"))
        text = answer.get_content()
        for line in ("SPF: pass: one.test permits 192.0.2.9", "DKIM: none", "DMARC: pass", "ARC: none", "Reverse name: pass",
                     "HELO: mx.one.test", "Address: 192.0.2.9", "TLS: none", "SPF: 合格 (pass)", "逆引き: 合格 (pass)"):
            self.assertIn("\n" + line, text)
        self.assertIn("within the hour", self.bring(MAIL.format("")))
        # A domain without a policy vouches for its people as well.
        self.assertEqual(self.bring(MAIL.format("").replace("one.test", "two.test"), "a@two.test"), "answered to a@two.test")
        self.assertEqual(self.peer.next()[1], ["RCPT TO:<a@two.test>"])

    def test_nobody_else_is_told_anything(self):
        self.start("\n[reports]\nanswer_checks = true\n")
        self.assertIn("nobody vouches", self.bring(MAIL.format(""), ip="198.51.100.7"))
        self.assertIn("nobody vouches", self.bring(MAIL.format("").replace("a@one.test", "a@two.test")))
        self.assertIn("null reverse-path", self.bring(MAIL.format(""), sender=""))
        self.assertIn("a program or a list", self.bring(MAIL.format("Auto-Submitted: auto-generated\n")))
        self.assertIn("a program or a list", self.bring(MAIL.format("List-Id: <l.one.test>\n")))
        self.assertTrue(self.peer.messages.empty())

    def test_unless_it_is_wanted_there_is_no_such_address(self):
        self.start("")
        reply = judged.bring(self.server.base_port + 25, MAIL.format(""), "check@example.test", "a@one.test", "192.0.2.9")
        self.assertTrue(reply.startswith("550 5.1.1"), reply)


if __name__ == "__main__":
    unittest.main()
