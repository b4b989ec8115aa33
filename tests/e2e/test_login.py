"""Logins against the whole server: passwords that came along from another one, and SASL with real clients."""

import imaplib
import poplib
import ssl
import unittest

from tests.e2e.server import PATIENCE, Server

# Made by `doveadm pw -p 'geheim 秘密'`.
FOREIGN = {
    "crypt": "{CRYPT}$6$abc$q08AMtqLJleh3KdnHfb59Z3ELeXR6gpLp6Xo77otmnygWtcBKu0vKk0lYPf5GII.vSYdlCpVW7SO2K/Nje6Gl0",
    "ssha512": "{SSHA512}HNlVoMq3aLxMsJvr9bMMMDJytLWgH8IO6WkYyWZL3NkI3pseQbzpQeocU2WDyqW40MTFOS7slBVcX552ZYeql958IlM=",
    "bcrypt": "{BLF-CRYPT}$2y$04$TLN3G8lMQsSBXhaRKKcqquExK30mf56iBUpdPvuCWYpa2Tp3XcK/.",
}
PASSWORD = "geheim 秘密"


class Login(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.tls = ssl.create_default_context(cafile=cls.server.env["MAIL_CA"])

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def imap(self):
        return imaplib.IMAP4_SSL("127.0.0.1", self.server.port("IMAPS"), ssl_context=self.tls, timeout=PATIENCE)

    def test_passwords_that_came_along(self):
        for name, stored in FOREIGN.items():
            address = f"{name}@example.test"
            done = self.server.run("account", "add", address, "--password-hash", stored)
            self.assertEqual(done.returncode, 0, done.stderr)
            for _ in range(2):
                pop = poplib.POP3_SSL("127.0.0.1", self.server.port("POP3S"), context=self.tls, timeout=PATIENCE)
                pop.encoding = "utf-8"
                pop.user(address)
                pop.pass_(PASSWORD)
                pop.quit()
            with self.imap() as imap:
                with self.assertRaises(imaplib.IMAP4.error) as refused:
                    imap.login(address, "geheim")
                self.assertIn("AUTHENTICATIONFAILED", str(refused.exception))

    def test_a_hash_that_nobody_can_verify_is_refused(self):
        for stored, words in {"{DIGEST-MD5}00": "DIGEST-MD5", "$6$abc$x": "{CRYPT}", "{SSHA}x": "malformed",
                              "{CRYPT}$6$rounds=9999999$abc$x": "costs too much"}.items():
            done = self.server.run("account", "add", "other@example.test", "--password-hash", stored)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(words, done.stderr)
        self.assertEqual(self.server.run("account", "show", "other@example.test").returncode, 1)

    def test_sasl_login_and_plain(self):
        answers = {b"Username:": b"taro@example.test", b"Password:": b"secret"}
        with self.imap() as imap:
            self.assertEqual(imap.authenticate("LOGIN", lambda asked: answers[asked])[0], "OK")
        with self.imap() as imap:
            self.assertEqual(imap.authenticate("PLAIN", lambda _: b"\0taro@example.test\0secret")[0], "OK")


if __name__ == "__main__":
    unittest.main()
