"""Sealing (ARC): what a server passes on is sealed, and who gets it, another Yubin or python3-dkim, finds the chain good."""

import pathlib
import re
import smtplib
import unittest

from tests.e2e import judged, other_verifiers
from tests.e2e.installed import Installed
from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE
from tests.e2e.test_signing import HOST, Signer

MAIL = ("From: a@one.test\r\nTo: away@sender.test\r\nSubject: hello  two\r\nDate: Mon, 20 Nov 2023 10:00:00 +0900\r\n"
        "Message-ID: <1@one.test>\r\n\r\nHello \r\n\r\n").encode()
MORE = """one.test. TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.one.test. TXT "v=DMARC1; p=reject"
"""


class Arc(unittest.TestCase):
    def setUp(self):
        self.peer = Peer(HOST, 0)
        self.addCleanup(self.peer.socket.close)
        self.sender = self.enterContext(Signer(self.peer))
        self.sender.zone.write_text(self.sender.zone.read_text() + MORE)
        self.sender.config.write_text(self.sender.config.read_text() + judged.CONFIGURATION + f'''
[arc]
seal = true

[[listener]]
service = "mx"
address = "127.0.0.1:{self.sender.base_port + 25}"
''')
        self.sender.serve()
        self.sender.publish("sender.test")
        for alias in ("away@sender.test", "again@sender.test"):
            self.assertEqual(self.sender.ask("alias", "add", alias, "friend@far.test").returncode, 0)

    def passed_on(self, message, by="away@sender.test", ip="192.0.2.9"):
        reply = judged.bring(self.sender.base_port + 25, message, by, "a@one.test", ip)
        self.assertTrue(reply.startswith("250"), reply)
        return self.peer.messages.get(timeout=PATIENCE)[2]

    def verdict(self, message):
        """Of python3-dkim."""
        return other_verifiers.ask({"work": "arc", "messages": [message.decode("latin-1")], "keys": self.sender.records()})[0]

    def test_what_is_passed_on_is_sealed_and_others_find_the_chain_good(self):
        sealed = self.passed_on(MAIL)
        self.assertTrue(sealed.startswith(b"ARC-Seal: i=1; a=rsa-sha256;"), sealed)
        self.assertIn(b"cv=none", sealed)
        results = re.search(rb"ARC-Authentication-Results: i=1; mx\.sender\.test;(.*?)\r\n(?![ \t])", sealed, re.S).group(1)
        self.assertIn(b"spf=pass smtp.mailfrom=one.test", results)
        self.assertIn(b"dmarc=pass", results)
        self.assertEqual(self.verdict(sealed), "pass")
        again = self.passed_on(sealed, "again@sender.test")  # a second hop, by the same server
        self.assertIn(b"ARC-Seal: i=2;", again)
        self.assertEqual(self.verdict(again), "pass")
        broken = sealed.replace(b"Hello", b"Hallo")
        self.assertEqual(self.verdict(broken), "fail")
        last = self.passed_on(broken, "again@sender.test")
        self.assertRegex(last, rb"ARC-Seal: i=2;[^=]*=[^=]*=\d+; cv=fail;")
        # Who gets them writes what it found of the chain.
        receiver = self.enterContext(Installed())
        self.assertEqual(receiver.init().returncode, 0)
        zone = pathlib.Path(receiver.config.parent) / "zone"
        zone.write_text(self.sender.zone.read_text())
        receiver.listen(("mx", 25), ("imaps", 993))
        receiver.append(f'\n[dns]\nmode = "static"\nzone = "{zone}"\n{judged.CONFIGURATION}')
        self.assertIsNone(receiver.start())
        for number, (message, found) in enumerate([(sealed, "arc=pass"), (again, "arc=pass"), (last, "arc=fail")], 1):
            judged.bring(receiver.base_port + 25, message, "admin@example.test", "a@one.test", "198.51.100.9")
            self.assertIn(found, judged.stored_message(receiver, number))

    def test_without_a_verdict_nothing_is_sealed(self):
        """Mail from loopback is not judged, so there is nothing to bear witness of."""
        with smtplib.SMTP("127.0.0.1", self.sender.base_port + 25, "mx.one.test", timeout=PATIENCE) as client:
            client.sendmail("a@one.test", ["away@sender.test"], MAIL)
        self.assertNotIn(b"ARC-", self.peer.messages.get(timeout=PATIENCE)[2])


if __name__ == "__main__":
    unittest.main()
