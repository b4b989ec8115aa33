"""Logins with access tokens (OAUTHBEARER, XOAUTH2), by curl and by Python's clients."""

import base64
import imaplib
import json
import pathlib
import ssl
import subprocess
import time
import unittest

from tests.e2e.installed import Installed
from tests.e2e.server import PATIENCE

USER = "admin@example.test"
ISSUER = "https://id.example.org/"
SETTINGS = """
[auth]
mechanisms = ["OAUTHBEARER", "XOAUTH2", "PLAIN"]
[oauth]
keys = "{keys}"
issuer = "https://id.example.org/"
audience = "mail"
"""


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Signs tokens by RS256, with the openssl program."""

    def __init__(self, folder, name):
        self.key = folder / f"{name}.pem"
        self.name = name
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True, capture_output=True,
                       timeout=PATIENCE)

    def public(self):
        shown = subprocess.run(["openssl", "rsa", "-in", self.key, "-noout", "-modulus"], check=True,
                               capture_output=True, text=True, timeout=PATIENCE).stdout
        modulus = bytes.fromhex(shown.strip().split("=")[1])
        return {"kty": "RSA", "use": "sig", "kid": self.name, "n": base64url(modulus), "e": "AQAB"}

    def token(self, **claims):
        claims = {"iss": ISSUER, "aud": ["mail"], "exp": int(time.time()) + 3600, "email": USER, **claims}
        header = {"alg": "RS256", "typ": "JWT", "kid": self.name}
        text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(), check=True,
                                   capture_output=True, timeout=PATIENCE).stdout
        return f"{text}.{base64url(signature)}"


class TokenLogin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Installed())
        assert cls.server.init().returncode == 0
        cls.keys = pathlib.Path(cls.server.config.parent) / "oauth.json"
        cls.issuer = Issuer(cls.server.folder, "first")
        cls.publish(cls.issuer)
        cls.server.append(SETTINGS.format(keys=cls.keys))
        cls.server.listen(("imaps", 993), ("submissions", 465), ("pop3s", 995))
        problem = cls.server.start()
        assert problem is None, problem

    @classmethod
    def publish(cls, *issuers):
        cls.keys.write_text(json.dumps({"keys": [issuer.public() for issuer in issuers]}))
        cls.keys.chmod(0o644)

    def imap(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return imaplib.IMAP4_SSL("127.0.0.1", self.server.base_port + 993, ssl_context=context, timeout=PATIENCE)

    def test_curl_reads_and_sends(self):
        for mechanism in ("OAUTHBEARER", "XOAUTH2"):
            for url, more in ((f"imaps://127.0.0.1:{self.server.base_port + 993}/", []),
                              (f"pop3s://127.0.0.1:{self.server.base_port + 995}/", []),
                              (f"smtps://127.0.0.1:{self.server.base_port + 465}/",
                               ["--mail-from", USER, "--mail-rcpt", USER, "--upload-file", "-"])):
                done = subprocess.run(["curl", "-sS", "-k", "-v", url, "--user", USER + ":", "--oauth2-bearer",
                                       self.issuer.token(), "--login-options", f"AUTH={mechanism}", *more],
                                      input="Subject: a\r\n\r\nb\r\n", text=True, capture_output=True,
                                      timeout=PATIENCE)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(mechanism, done.stderr)

    def refused(self, token, user=USER):
        """What the client is told before it fails; RFC 7628 section 3.2.2."""
        told = []

        def client(challenge):
            if not challenge:
                return f"n,a={user},\x01auth=Bearer {token}\x01\x01".encode()
            told.append(json.loads(challenge))
            return b"\x01"

        with self.imap() as imap:
            with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
                imap.authenticate("OAUTHBEARER", client)
        self.assertEqual(len(told), 1)
        return told[0]

    def test_what_is_not_good_is_refused_and_said_why(self):
        self.assertEqual(self.refused(self.issuer.token(exp=1)),
                         {"status": "invalid_token",
                          "openid-configuration": "https://id.example.org/.well-known/openid-configuration"})
        self.refused(self.issuer.token(aud="web"))
        self.refused(self.issuer.token(email="nobody@example.test"), "nobody@example.test")
        self.refused(self.issuer.token(), "other@example.test")
        self.refused(Issuer(self.server.folder, "stranger").token())
        self.refused("no.token")
        rows = self.server.ask("--json", "trace", "--user", USER, "--kind", "login").stdout
        for reason in ("the token has expired", "the token is for others", "signed by none of the known keys",
                       "that is no signed token"):
            self.assertIn(reason, rows)

    def test_new_keys_are_good_after_a_reload(self):
        second = Issuer(self.server.folder, "second")
        self.refused(second.token())
        self.publish(self.issuer, second)
        self.assertEqual(self.server.ask("reload").returncode, 0)
        with self.imap() as imap:
            done = imap.authenticate("XOAUTH2", lambda _: f"user={USER}\x01auth=Bearer {second.token()}\x01\x01".encode())
            self.assertEqual(done[0], "OK")
        self.keys.write_text("{")
        reload = self.server.ask("reload")
        self.assertEqual(reload.returncode, 1)
        self.assertIn("oauth.json: that is no JSON object", reload.stdout + reload.stderr)
        self.publish(self.issuer, second)


if __name__ == "__main__":
    unittest.main()
