"""Logins that are bound to their TLS connection (SCRAM-SHA-256-PLUS), and mechanisms for one service alone."""

import hashlib
import imaplib
import poplib
import smtplib
import ssl
import subprocess
import unittest

from tests.e2e.installed import Installed
from tests.e2e.scram import Scram
from tests.e2e.server import PATIENCE

PLUS = "SCRAM-SHA-256-PLUS"
USER = "admin@example.test"
SETTINGS = """
[auth]
mechanisms = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]
[pop3]
mechanisms = ["PLAIN"]
"""


def context(version=None):
    made = ssl.create_default_context()
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    if version:
        made.maximum_version = version
    return made


def end_point(connection):
    """RFC 5929 section 4.1, for a certificate that is signed with SHA-256."""
    return hashlib.sha256(connection.getpeercert(True)).digest()


class BoundLogin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Installed())
        assert cls.server.init().returncode == 0
        cls.server.append(SETTINGS)
        cls.server.listen(("imap", 143), ("imaps", 993), ("submission", 587), ("submissions", 465), ("pop3s", 995))
        problem = cls.server.start()
        assert problem is None, problem

    def port(self, standard):
        return self.server.base_port + standard

    def imap(self, version=None):
        return imaplib.IMAP4_SSL("127.0.0.1", self.port(993), ssl_context=context(version), timeout=PATIENCE)

    def gsasl(self, *more, password=None):
        return subprocess.run(["gsasl", "--x509-ca-file=", "-m", PLUS, "-a", USER, "-p",
                               password or self.server.password, *more],
                              input="", text=True, capture_output=True, timeout=PATIENCE)

    def test_a_real_client_over_imap_and_submission(self):
        for protocol, port in (("--imap", 143), ("--smtp", 587)):
            done = self.gsasl(protocol, f"--connect=127.0.0.1:{self.port(port)}")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(f"AUTHENTICATE {PLUS}" if protocol == "--imap" else f"AUTH {PLUS}", done.stdout)
            wrong = self.gsasl(protocol, f"--connect=127.0.0.1:{self.port(port)}", password="wrong")
            self.assertNotEqual(wrong.returncode, 0, wrong.stdout)

    def test_by_the_certificate_or_by_the_handshake(self):
        with self.imap() as imap:
            self.assertIn(f"AUTH={PLUS}", imap.capabilities)
            client = Scram(USER, self.server.password, "p=tls-server-end-point,,", end_point(imap.sock))
            self.assertEqual(imap.authenticate(PLUS, client)[0], "OK")
        with self.imap(ssl.TLSVersion.TLSv1_2) as imap:
            client = Scram(USER, self.server.password, "p=tls-unique,,", imap.sock.get_channel_binding("tls-unique"))
            self.assertEqual(imap.authenticate(PLUS, client)[0], "OK")
        with smtplib.SMTP_SSL("127.0.0.1", self.port(465), context=context(), timeout=PATIENCE) as smtp:
            smtp.ehlo()
            self.assertIn(PLUS, smtp.esmtp_features["auth"].split())
            client = Scram(USER, self.server.password, "p=tls-server-end-point,,", end_point(smtp.sock))
            # smtplib hands over text, and calls without a challenge for the initial response.
            code, _ = smtp.auth(PLUS, lambda asked=None: client((asked or "").encode()
                                                                if isinstance(asked, str) else asked or b"").decode())
            self.assertEqual(code, 235)

    def test_somebody_in_between_does_not_get_in(self):
        with self.imap() as imap:
            client = Scram(USER, self.server.password, "p=tls-server-end-point,,", b"\0" * 32)
            with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
                imap.authenticate(PLUS, client)
        # RFC 5802 section 6: it hides PLUS, but cannot forge what the client believes.
        with self.imap() as imap:
            with self.assertRaisesRegex(imaplib.IMAP4.error, "somebody is between us"):
                imap.authenticate("SCRAM-SHA-256", Scram(USER, self.server.password, "y,,"))

    def test_a_client_that_never_binds_gets_in_without(self):
        with self.imap() as imap:
            self.assertEqual(imap.authenticate("SCRAM-SHA-256", Scram(USER, self.server.password))[0], "OK")

    def test_a_service_has_mechanisms_of_its_own(self):
        pop = poplib.POP3_SSL("127.0.0.1", self.port(995), context=context(), timeout=PATIENCE)
        self.assertEqual(pop.capa()["SASL"], ["PLAIN"])
        pop.user(USER)
        pop.pass_(self.server.password)
        pop.quit()


if __name__ == "__main__":
    unittest.main()
