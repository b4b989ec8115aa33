"""DANE for outgoing mail with real DNSSEC: Knot signs and serves a zone, libunbound validates it from a test's anchor."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from tests.e2e.peer import TlsPeer
from tests.e2e.server import PATIENCE, free_port
from tests.e2e.test_outgoing import Sender
from tests.e2e.test_outgoing_tls import Certificates, settled

HOST = "127.0.0.9"
PATH = os.environ["PATH"] + ":/usr/sbin"
KNOT, KEYS = shutil.which("knotd", path=PATH), shutil.which("keymgr", path=PATH)


class SignedZone:
    """signed.test, on a port of loopback; `anchor` is a file with its DS records."""

    def __init__(self, folder, records):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        (self.folder / "zone").write_text("$ORIGIN signed.test.\n$TTL 60\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\n"
                                          f"ns A 127.0.0.1\n{records}")
        self.config = self.folder / "knot.conf"
        self.config.write_text(f"""
server:
    rundir: {folder}
    listen: 127.0.0.1@{self.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: {folder}
policy:
  - id: test
    algorithm: ecdsap256sha256
zone:
  - domain: signed.test
    storage: {folder}
    file: zone
    zonefile-sync: -1
    dnssec-signing: on
    dnssec-policy: test
""")
        self.anchor = self.folder / "anchor"

    def __enter__(self):
        self.process = subprocess.Popen([KNOT, "-c", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        # The zone is signed beside the start, so either may be told first.
        awaited = {"server started", "] loaded, serial"}
        for line in self.process.stderr:
            awaited = {one for one in awaited if one not in line}
            if not awaited:
                break
        keys = subprocess.run([KEYS, "-c", self.config, "signed.test", "ds"], check=True, capture_output=True, text=True,
                              timeout=PATIENCE)
        self.anchor.write_text(keys.stdout)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE)


@unittest.skipUnless(KNOT and KEYS, "no knotd")
class Dnssec(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="yubin-dnssec-"))
        certificates = Certificates(folder)
        certificate = certificates.issue("other.test")
        self.peer = TlsPeer(HOST, 0, certificate=certificate)
        self.enterContext(self.peer)
        self.zone = SignedZone(folder, f"@ MX 10 mx\nmx A {HOST}\n"
                               f"_{self.peer.port}._tcp.mx TLSA 3 1 1 {certificates.tlsa(certificate)}\n")
        self.enterContext(self.zone)

    def sender(self, anchor):
        sender = Sender(self.peer.port)
        self.enterContext(sender)
        (sender.config.parent / "anchor").write_text(anchor)
        head, tail = sender.config.read_text().split("[dns]\n")
        tail = tail.split("\n\n", 1)[1]
        sender.config.write_text(f'{head}[dns]\nmode = "forward"\nforwarders = ["127.0.0.1@{self.zone.port}"]\n'
                                 f'trust_anchor = "{sender.config.parent}/anchor"\n\n{tail}')
        sender.serve()
        return sender

    def test_a_certificate_that_the_signed_zone_tells_is_enough(self):
        sender = self.sender(self.zone.anchor.read_text())
        sender.send(["a@signed.test"])
        self.assertIn(b"Hello", self.peer.next()[2])
        self.assertEqual(settled(self, sender, "delivered")["certificate"], "matches TLSA 3 1 1 (DANE)")

    def test_a_zone_whose_signatures_are_wrong_gets_no_mail(self):
        tag, *rest = self.zone.anchor.read_text().splitlines()[0].split("DS ")[1].split()
        wrong = f"signed.test. DS {tag} {rest[0]} {rest[1]} {'00' * 32}\n"
        sender = self.sender(wrong)
        sender.send(["a@signed.test"])
        self.assertEqual(settled(self, sender, "deferred")["status"], "4.4.3")
        self.assertEqual(self.peer.connections, 0)

    def test_without_an_anchor_the_records_mean_nothing(self):
        sender = self.sender("other.test. DS 1 13 2 " + "00" * 32 + "\n")
        sender.send(["a@signed.test"])
        self.assertIn(b"Hello", self.peer.next()[2])
        self.assertIn("opportunistic", settled(self, sender, "delivered")["tls policy"])


if __name__ == "__main__":
    unittest.main()
