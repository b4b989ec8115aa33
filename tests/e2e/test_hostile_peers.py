"""Other servers and a DNS that do what they should not: each ends in the right class with a line in the log that says why,
and nobody else's mail is delayed. (Silence at each state and a loss at each byte: src/smtp/client_hostile_test.cpp.)"""

import re
import shlex
import unittest

from tests.e2e.peer import Peer, TlsPeer
from tests.e2e.server import free_port
from tests.e2e.test_outgoing import PEER, Sender
from tests.e2e.test_outgoing_tls import Certificates

HEALTHY, STALLING = "127.0.0.20", "127.0.0.19"
EHLO = b"250-peer.test\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 8BITMIME\r\n"
ENDLESS = b"250-x\r\n" * 1_500_000


class Gone(Peer):
    """Goes away before it has said anything."""

    def serve(self, connection):
        connection.close()


class Broken(TlsPeer):
    def __init__(self, address, port, **options):
        super().__init__(address, port, Certificates.some, broken=True, **options)


# Name, what the peer is, what becomes of mail to it, its class, and what the log says of it.
PEERS = (
    ("gone", Gone, {}, "deferred", "network", "the connection was lost before the answer to the connection"),
    ("nonsense", Peer, {"greeting": b"SSH-2.0-x\r\n"}, "deferred", "other", "came what is no SMTP reply"),
    ("unwilling", Peer, {"greeting": b"554 5.3.2 no service\r\n"}, "deferred", "other", "554 5.3.2 no service"),
    ("busy", Peer, {"greeting": b"421 4.7.0 too many connections\r\n"}, "deferred", "too-often", "421 4.7.0 too many"),
    ("early", Peer, {"greeting": b"220 x\r\n" + b"250 ok\r\n" * 10}, "deferred", "other", "in reply to nothing"),
    ("endless", Peer, {"ehlo": [ENDLESS]}, "deferred", "other", "in reply to EHLO came far too much"),
    ("babbling", Peer, {"mail": [ENDLESS]}, "deferred", "other", "in reply to MAIL came far too much"),
    ("narrow", Peer, {"ehlo": [b"250-peer.test\r\n250 SIZE 10\r\n"]}, "failed", "size", "takes at most 10"),
    ("liar", Peer, {"ehlo": [EHLO], "starttls": [b"502 5.5.1 what?\r\n"]}, "delivered", "taken", "refuses STARTTLS"),
    ("shaky", Broken, {}, "delivered", "taken", "in clear"),
    ("forgetful", Peer, {"data": [b"250 ok\r\n"]}, "deferred", "other", "in reply to DATA"),
    ("unclear", Peer, {"rcpt": [b"999 what\r\n"]}, "deferred", "other", "in reply to RCPT came what is no SMTP reply"),
    ("refusing", Peer, {"rcpt": [b"550 5.1.1 no such user\r\n"]}, "failed", "mailbox", "550 5.1.1 no such user"),
    ("dropping", Peer, {"end": [None]}, "deferred", "network", "the message may have been delivered all the same"),
)
# The same of what the DNS says.
DNS = (
    ("timeout", "; !fail timeout.test. TIMEOUT", "deferred", "network", "DNS does not tell the hosts of timeout.test now: timeout"),
    ("forged", "; !fail forged.test. BOGUS", "deferred", "network", "DNSSEC says that the answer is forged"),
    ("circle", "circle.test. MX 10 a.circle.test.\na.circle.test. CNAME b.circle.test.\nb.circle.test. CNAME a.circle.test.",
     "deferred", "network", "a loop of CNAMEs"),
    ("number", "number.test. MX 10 192.0.2.1.", "failed", "network", "no host of number.test has an address"),
    ("home", "home.test. MX 10 mx.sender.test.", "failed", "network", "would come back to this server"),
)


def fields(line):
    return dict(part.split("=", 1) for part in shlex.split(line) if "=" in part)


class HostilePeers(unittest.TestCase):
    def setUp(self):
        self.port = free_port()
        self.sender = self.enterContext(Sender(self.port, first_retry="1h"))
        Certificates.some = Certificates(self.sender.folder).issue("mx.shaky.test")

    def test_each_ends_as_it_should_and_delays_nobody(self):
        zone = [f"{name}.test. MX 10 mx.{name}.test.\nmx.{name}.test. A {address}"
                for name, address in (("healthy", HEALTHY), ("stalling", STALLING))]
        for number, (name, kind, options, *_) in enumerate(PEERS, 21):
            self.enterContext(kind(f"127.0.0.{number}", self.port, **options))
            zone.append(f"{name}.test. MX 10 mx.{name}.test.\nmx.{name}.test. A 127.0.0.{number}")
        with open(self.sender.config.parent / "zone", "a") as file:
            file.write("\n".join(zone + [records for _, records, *_ in DNS]) + "\n")
        healthy = self.enterContext(Peer(HEALTHY, self.port))
        self.enterContext(Peer(STALLING, self.port, greeting=b""))
        self.sender.serve()
        expected = {row[0]: row[-3:] for row in PEERS + DNS}
        self.sender.send([f"a@{name}.test" for name in ("stalling", *expected, "healthy")])
        self.assertEqual(healthy.next()[1], ["RCPT TO:<a@healthy.test>"])
        found = {}
        for line in self.sender.events("deliver.fate"):
            found.setdefault(re.search(r"to=<a@(\w+)\.test>", line)[1], line)
            if found.keys() >= expected.keys():
                break
        for name, (fate, kind, words) in expected.items():
            with self.subTest(name):
                said = fields(found[name])
                self.assertEqual((said["fate"], said["class"]), (fate, kind), found[name])
                self.assertIn(words, found[name])
        self.assertIn("a@stalling.test", self.sender.ask("queue", "list", "--state", "active").stdout)

    def test_a_message_whose_bytes_are_gone_is_no_hindrance_to_others(self):
        self.sender.serve()
        self.sender.send(["a@peer.test"], "Subject: damaged\r\n\r\n" + ("x" * 70 + "\r\n") * 1000)
        next(self.sender.events("deliver.fate"))
        self.sender.stop()
        for file in (self.sender.store / "bodies").iterdir():
            file.write_bytes(file.read_bytes().replace(b"x" * 70, b"y" * 70))
        self.sender.serve()
        with Peer(PEER, self.port) as peer:
            self.sender.ask("queue", "retry", "--all")
            for line in self.sender.events("deliver.fate"):
                if "cannot be read" in line:
                    break
            self.assertEqual((fields(line)["fate"], fields(line)["class"]), ("deferred", "other"), line)
            self.sender.send(["b@peer.test"], "Subject: whole\r\n\r\nHello\r\n")
            self.assertIn(b"Subject: whole", peer.next()[2])


if __name__ == "__main__":
    unittest.main()
