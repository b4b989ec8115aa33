"""The TLS of mail that goes out: opportunistic, DANE, by authorities, and what the journal says of it."""

import hashlib
import http.server
import json
import os
import pathlib
import ssl
import subprocess
import tempfile
import threading
import unittest

from tests.e2e.peer import TlsPeer
from tests.e2e.server import PATIENCE
from tests.e2e.test_outgoing import Sender

HOST = "127.0.0.6"
OTHER = "127.0.0.7"
WEB = "127.0.0.8"


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=PATIENCE, **options).stdout


class Certificates:
    """An authority and certificates of it, in files."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.authority = self.folder / "ca.pem"
        self.key = self.folder / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key, "-out",
                self.authority, "-days", "30", "-subj", "/CN=Test CA")

    def issue(self, name, *more, days=30):
        """A file with key and certificate of a server, for one name or more."""
        file, request, extensions = (self.folder / f"{name}.{end}" for end in ("pem", "csr", "ext"))
        extensions.write_text("subjectAltName=" + ",".join(f"DNS:{one}" for one in (name, *more)) + "\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file, "-out", request, "-subj",
                f"/CN={name}")
        certificate = openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.key, "-extfile", extensions,
                              "-days", days)
        with open(file, "ab") as out:
            out.write(certificate)
        return file

    @staticmethod
    def tlsa(file):
        """The data of a record 3 1 1."""
        public = openssl("x509", "-in", file, "-pubkey", "-noout")
        return hashlib.sha256(openssl("pkey", "-pubin", "-outform", "DER", input=public)).hexdigest()


class StsServer:
    """https://mta-sts.DOMAIN on an address of loopback; `policy` may be changed while it runs."""

    def __init__(self, address, certificate, policy, status=200, content_type="text/plain"):
        self.policy = policy
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append((self.headers["Host"], self.path))
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(outer.policy)))
                self.end_headers()
                self.wfile.write(outer.policy.encode())

            def log_message(self, *_):
                pass

        class QuietServer(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # a client that does not like our certificate

        self.server = QuietServer((address, 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(PATIENCE)


def attempts(test, sender):
    """The journal's entries about attempts: each one's facts as a dictionary, and what became of its first recipient."""
    out = sender.ask("trace", "--json", "--kind", "delivery")
    test.assertEqual(out.returncode, 0, out.stderr)
    for entry in json.loads(out.stdout)["entries"]:
        first = entry["recipients"][0]
        yield {**entry["facts"], "tls": entry["tls"], "fate": first["fate"], "detail": first["detail"], "status": first["status"]}


def settled(test, sender, fate):
    """Waits until an attempt has come to this fate."""
    for line in sender.events("deliver.fate"):
        if f"fate={fate}" in line:
            break
    else:
        test.fail(sender.log())
    for _ in range(100):  # the line is written a moment before the entry
        for one in attempts(test, sender):
            if one["fate"] == fate:
                return one
    test.fail("the journal has no entry")


class OutgoingTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="yubin-tls-"))
        os.chmod(cls.folder, 0o755)
        cls.certificates = Certificates(cls.folder)
        cls.good = cls.certificates.issue("mx.peer.test")
        cls.other = cls.certificates.issue("other.test")
        cls.web = cls.certificates.issue("mta-sts.peer.test")

    def sender(self, port, zone, more=""):
        sender = Sender(port)
        self.enterContext(sender)
        (sender.config.parent / "zone").write_text("$ORIGIN .\npeer.test. MX 10 mx.peer.test.\n"
                                                   f"mx.peer.test. A {HOST}\n{zone}")
        text = sender.config.read_text()
        sender.config.write_text(text.replace("[outgoing]\n", f'[outgoing]\nauthorities = "{self.certificates.authority}"\n{more}'))
        sender.serve()
        return sender

    def peer(self, certificate, address=HOST, **more):
        peer = TlsPeer(address, 0, certificate=certificate, **more)
        self.enterContext(peer)
        return peer

    def settled(self, sender, fate):
        return settled(self, sender, fate)

    def test_without_a_policy_any_certificate_will_do(self):
        peer = self.peer(self.other)
        sender = self.sender(peer.port, "")
        sender.send(["a@peer.test"])
        self.assertIn(b"Hello", peer.next()[2])
        facts = self.settled(sender, "delivered")
        self.assertTrue(facts["tls"].startswith("TLSv1.3 "), facts)
        self.assertIn("opportunistic", facts["tls policy"])
        self.assertIn("no authority vouches for it: hostname mismatch", facts["certificate"].lower())

    def test_without_a_policy_broken_tls_is_no_reason_to_wait(self):
        peer = self.peer(self.good, broken=True)
        sender = self.sender(peer.port, "")
        sender.send(["a@peer.test"])
        self.assertIn(b"Hello", peer.next()[2])
        facts = self.settled(sender, "delivered")
        self.assertEqual(facts["tls"], "")
        self.assertIn("TLS failed", facts["in clear"])

    def test_a_certificate_that_matches_its_tlsa_record_is_enough(self):
        # The name is another one: DANE-EE does not ask for it.
        peer = self.peer(self.other)
        record = f"_{peer.port}._tcp.mx.peer.test. TLSA 3 1 1 {self.certificates.tlsa(self.other)}\n; !secure peer.test.\n"
        sender = self.sender(peer.port, record)
        sender.send(["a@peer.test"])
        self.assertIn(b"Hello", peer.next()[2])
        facts = self.settled(sender, "delivered")
        self.assertEqual(facts["certificate"], "matches TLSA 3 1 1 (DANE)")

    def test_a_certificate_that_matches_no_tlsa_record_gets_no_mail(self):
        peer = self.peer(self.good)
        record = f"_{peer.port}._tcp.mx.peer.test. TLSA 3 1 1 {self.certificates.tlsa(self.other)}\n; !secure peer.test.\n"
        sender = self.sender(peer.port, record)
        sender.send(["a@peer.test"])
        facts = self.settled(sender, "deferred")
        self.assertEqual(facts["status"], "4.7.5")
        self.assertIn("no matching DANE TLSA records", facts["tried"])
        self.assertTrue(peer.messages.empty())

    def test_no_tls_where_there_are_tlsa_records_gets_no_mail(self):
        peer = self.peer(self.good, offer=False)
        record = f"_{peer.port}._tcp.mx.peer.test. TLSA 3 1 1 {self.certificates.tlsa(self.good)}\n; !secure peer.test.\n"
        sender = self.sender(peer.port, record)
        sender.send(["a@peer.test"])
        facts = self.settled(sender, "deferred")
        self.assertEqual(facts["status"], "4.7.4")
        self.assertTrue(peer.messages.empty())

    def test_a_host_with_a_wrong_certificate_is_passed_over_for_the_next(self):
        peer = self.peer(self.good)
        second = TlsPeer(OTHER, peer.port, certificate=self.other)
        self.enterContext(second)
        right, wrong = self.certificates.tlsa(self.other), "00" * 32
        sender = self.sender(peer.port, f"peer.test. MX 20 mx2.peer.test.\nmx2.peer.test. A {OTHER}\n; !secure peer.test.\n"
                             f"_{peer.port}._tcp.mx.peer.test. TLSA 3 1 1 {wrong}\n"
                             f"_{peer.port}._tcp.mx2.peer.test. TLSA 3 1 1 {right}\n")
        sender.send(["a@peer.test"])
        self.assertIn(b"Hello", second.next()[2])
        facts = self.settled(sender, "delivered")
        self.assertIn(f"mx.peer.test [{HOST}]", facts["tried"])
        self.assertTrue(peer.messages.empty())

    def test_tlsa_records_that_cannot_be_had_delay_the_mail(self):
        peer = self.peer(self.good)
        sender = self.sender(peer.port, f"; !secure peer.test.\n; !fail _{peer.port}._tcp.mx.peer.test. BOGUS\n")
        sender.send(["a@peer.test"])
        facts = self.settled(sender, "deferred")
        self.assertEqual(facts["status"], "4.4.3")
        self.assertEqual(peer.connections, 0)

    def test_the_relay_must_have_a_certificate_for_its_name(self):
        peer = self.peer(self.good)
        sender = self.sender(peer.port, f"relay.test. A {HOST}\n", f'relay = "mx.peer.test"\nrelay_port = {peer.port}\n')
        sender.send(["a@anywhere.test"])
        self.assertIn(b"Hello", peer.next()[2])
        self.assertIn("an authority vouches for mx.peer.test", self.settled(sender, "delivered")["certificate"])
        sender = self.sender(peer.port, f"relay.test. A {HOST}\n", f'relay = "relay.test"\nrelay_port = {peer.port}\n')
        sender.send(["a@anywhere.test"])
        self.assertIn("hostname mismatch", self.settled(sender, "deferred")["tried"].lower())

    def with_sts(self, peer, mode="enforce", mx="mx.peer.test", web=None, **more):
        policy = f"version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: 604800\r\n"
        server = StsServer(WEB, web or self.web, policy, **more)
        self.enterContext(server)
        sender = self.sender(peer.port, f'_mta-sts.peer.test. TXT "v=STSv1; id=1;"\nmta-sts.peer.test. A {WEB}\n',
                             f"mta_sts_port = {server.port}\n")
        return server, sender

    def test_mta_sts_wants_a_certificate_that_an_authority_vouches_for(self):
        peer = self.peer(self.good)
        server, sender = self.with_sts(peer)
        sender.send(["a@peer.test"])
        self.assertIn(b"Hello", peer.next()[2])
        facts = self.settled(sender, "delivered")
        self.assertEqual(facts["certificate"], "an authority vouches for mx.peer.test (MTA-STS)")
        self.assertEqual(server.requests, [("mta-sts.peer.test", "/.well-known/mta-sts.txt")])
        # The policy is kept: nothing is fetched again, also after a restart.
        sender.stop()
        sender.serve()
        sender.send(["a@peer.test"])
        self.assertIn(b"Hello", peer.next()[2])
        self.assertEqual(len(server.requests), 1)

    def test_mta_sts_gets_no_mail_to_a_host_with_another_certificate(self):
        peer = self.peer(self.other)
        _, sender = self.with_sts(peer)
        sender.send(["a@peer.test"])
        facts = self.settled(sender, "deferred")
        self.assertIn("hostname mismatch", facts["tried"].lower())
        self.assertIn("(MTA-STS)", facts["tried"])
        self.assertTrue(peer.messages.empty())

    def test_mta_sts_gets_no_mail_to_a_host_that_it_does_not_name(self):
        peer = self.peer(self.good)
        _, sender = self.with_sts(peer, mx="*.elsewhere.test")
        sender.send(["a@peer.test"])
        facts = self.settled(sender, "deferred")
        self.assertIn("does not name mx.peer.test", facts["detail"])
        self.assertEqual(peer.connections, 0)

    def test_mta_sts_in_testing_keeps_no_mail_back(self):
        peer = self.peer(self.other)
        _, sender = self.with_sts(peer, mode="testing", mx="*.elsewhere.test")
        sender.send(["a@peer.test"])
        self.assertIn(b"Hello", peer.next()[2])

    def test_a_policy_from_a_server_that_nobody_vouches_for_is_none(self):
        peer = self.peer(self.other)
        server, sender = self.with_sts(peer, web=self.other)
        sender.send(["a@peer.test"])
        self.assertIn(b"Hello", peer.next()[2])
        self.assertEqual(server.requests, [])
        self.assertIn("sts.not_fetched", sender.log())

    def test_a_redirect_is_no_policy(self):
        peer = self.peer(self.other)
        server, sender = self.with_sts(peer, status=302)
        sender.send(["a@peer.test"])
        self.assertIn(b"Hello", peer.next()[2])
        self.assertIn("the server answers 302", sender.log())

    def test_a_message_may_waive_the_policy(self):
        peer = self.peer(self.good)
        record = f"_{peer.port}._tcp.mx.peer.test. TLSA 3 1 1 {self.certificates.tlsa(self.other)}\n; !secure peer.test.\n"
        sender = self.sender(peer.port, record)
        sender.send(["a@peer.test"], "Subject: x\r\nTLS-Required: no\r\n\r\nHello\r\n")
        self.assertIn(b"Hello", peer.next()[2])
        facts = self.settled(sender, "delivered")
        self.assertIn("TLS-Required: No", facts["tried"])
        self.assertTrue(facts["tls"].startswith("TLSv1.3 "), facts)


if __name__ == "__main__":
    unittest.main()
