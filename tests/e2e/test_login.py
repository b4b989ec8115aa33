"""Logins against the whole server: passwords that came along from another one, and SASL with real clients."""

import imaplib
import json
import poplib
import smtplib
import ssl
import unittest

from tests.e2e.installed import Installed
from tests.e2e.scram import Scram
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
        cls.server = cls.enterClassContext(Server())
        cls.tls = ssl.create_default_context(cafile=cls.server.env["MAIL_CA"])

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
        for stored, words in {"{OTP}00": "OTP", "$6$abc$x": "{CRYPT}", "{SSHA}x": "malformed",
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

    def test_an_app_password_is_good_for_what_it_was_made_for_until_it_is_removed(self):
        taro = "taro@example.test"
        made = self.server.run("--json", "account", "app-password", "add", taro, "the phone", "--services", "imap,pop3")
        self.assertEqual(made.returncode, 0, made.stderr)
        secret = json.loads(made.stdout)["password"]
        again = self.server.run("account", "app-password", "add", taro, "the phone")
        self.assertIn("has an app password of this name", again.stderr)
        with self.imap() as imap:
            self.assertEqual(imap.login(taro, secret.replace("-", " ").upper())[0], "OK")
        with smtplib.SMTP_SSL("localhost", self.server.port("SUBMISSIONS"), context=self.tls, timeout=PATIENCE) as smtp:
            with self.assertRaises(smtplib.SMTPAuthenticationError):
                smtp.login(taro, secret)
            smtp.login(taro, "secret")

        listed = self.server.run("account", "app-password", "list", taro).stdout
        self.assertIn("the phone  services imap,pop3  networks any", listed)
        self.assertIn("from 127.0.0.1", listed)
        self.assertNotIn(secret, listed)
        rows = json.loads(self.server.run("--json", "trace", "--user", taro, "--kind", "login").stdout)["entries"]
        self.assertIn("the phone", json.dumps([row for row in rows if row["verdict"] == "accepted"]))
        self.assertIn("not good for this service", json.dumps([row for row in rows if row["verdict"] == "refused"]))

        self.assertEqual(self.server.run("account", "app-password", "remove", taro, "the phone").returncode, 0)
        with self.imap() as imap:
            with self.assertRaises(imaplib.IMAP4.error):
                imap.login(taro, secret)

    def test_an_account_of_app_passwords_alone(self):
        address = "printer@example.test"
        self.server.run("account", "add", address, "--generate")
        secret = json.loads(self.server.run("--json", "account", "app-password", "add", address, "hall", "--networks",
                                            "127.0.0.0/8").stdout)["password"]
        with self.imap() as imap:
            self.assertEqual(imap.authenticate("PLAIN", lambda _: f"\0{address}\0{secret}".encode())[0], "OK")
        self.assertEqual(self.server.run("account", "remove", address, "--now").returncode, 0)

    def test_who_knows_the_old_password_sets_a_new_one(self):
        address = "self@example.test"
        self.server.run("account", "add", address, "--password-stdin", stdin="the first\n")
        change = ("account", "passwd", address, "--with-old", "--password-stdin")
        wrong = self.server.run(*change, stdin="a wrong one\nthe second\n")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("the old password is wrong", wrong.stderr)
        right = self.server.run(*change, stdin="the first\nthe second\n")
        self.assertEqual(right.returncode, 0, right.stderr)
        with self.imap() as imap:
            self.assertEqual(imap.login(address, "the second")[0], "OK")
        with self.imap() as imap:
            with self.assertRaises(imaplib.IMAP4.error):
                imap.login(address, "the first")


class ScramLogin(unittest.TestCase):
    def test_the_password_is_proved_and_not_sent(self):
        with Installed() as server:
            self.assertEqual(server.init().returncode, 0)
            server.append('\n[auth]\nmechanisms = ["SCRAM-SHA-256"]\n')
            server.listen(("imaps", 993), ("pop3s", 995))
            self.assertIsNone(server.start())
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

            def authenticate(user, password):
                with imaplib.IMAP4_SSL("127.0.0.1", server.base_port + 993, ssl_context=context,
                                       timeout=PATIENCE) as imap:
                    self.assertIn("AUTH=SCRAM-SHA-256", imap.capabilities)
                    self.assertNotIn("AUTH=PLAIN", imap.capabilities)
                    return imap.authenticate("SCRAM-SHA-256", Scram(user, password))[0]

            self.assertEqual(authenticate("admin@example.test", server.password), "OK")
            # Other ways to send a password as it is are closed too.
            with imaplib.IMAP4_SSL("127.0.0.1", server.base_port + 993, ssl_context=context, timeout=PATIENCE) as imap:
                self.assertIn("LOGINDISABLED", imap.capabilities)
                with self.assertRaisesRegex(imaplib.IMAP4.error, "CANNOT"):
                    imap.login("admin@example.test", server.password)
            pop = poplib.POP3_SSL("127.0.0.1", server.base_port + 995, context=context, timeout=PATIENCE)
            self.assertNotIn("USER", pop.capa())
            with self.assertRaisesRegex(poplib.error_proto, "AUTH"):
                pop.user("admin@example.test")
            pop.quit()
            for user, password in (("admin@example.test", "wrong"), ("nobody@example.test", server.password)):
                with self.assertRaises(imaplib.IMAP4.error):
                    authenticate(user, password)


if __name__ == "__main__":
    unittest.main()
