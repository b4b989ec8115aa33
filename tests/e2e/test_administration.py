"""Domains, accounts and aliases by the command line: what is set holds at once, and what is wrong is said in one sentence."""

import imaplib
import json
import unittest

from tests.e2e import clients
from tests.e2e.server import Server

HANAKO = "hanako@example.test"
TARO = "taro@example.test"


class Administration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def yes(self, *arguments, stdin=""):
        result = self.server.run(*arguments, stdin=stdin)
        self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
        return result.stdout

    def no(self, *arguments):
        result = self.server.run(*arguments)
        self.assertEqual((result.returncode, result.stdout), (1, ""), arguments)
        return result.stderr

    def shown(self, *arguments):
        return json.loads(self.yes("--json", *arguments))

    def answer_to(self, address):
        with clients.smtp(self.server) as client:
            client.ehlo()
            client.mail("a@client.example")
            code, text = client.rcpt(address)
            return f"{code} {text.decode()}"

    def login(self, address, password="secret"):
        clients.imap(self.server, address, password).logout()

    def test_domains(self):
        self.yes("domain", "add", "second.test")
        self.yes("domain", "add", "third.test", "--alias-of", "second.test")
        self.assertIn("third.test > second.test\n", self.yes("domain", "list"))
        self.assertIn("550 5.1.1", self.answer_to("postmaster@second.test"))
        self.yes("account", "add", "first@second.test", "--generate")
        self.assertIn("250", self.answer_to("abuse@third.test"))
        self.assertIn("550 5.1.1", self.answer_to("nobody@second.test"))
        self.yes("domain", "set", "second.test", "--catch-all", HANAKO, "--quota", "1.5G")
        self.assertIn("250", self.answer_to("nobody@third.test"))
        domain = self.shown("domain", "show", "second.test")
        self.assertEqual((domain["admin"], domain["catch_all"], domain["quota_bytes"]),
                         ("first@second.test", HANAKO, 3 << 29))
        self.assertIn("1.5 GiB", self.yes("domain", "show", "second.test"))
        self.assertIn("is an alias of", self.no("domain", "set", "third.test", "--quota", "1G"))
        self.assertIn("did you mean second.test?", self.no("domain", "show", "secnod.test"))
        self.assertIn("still has accounts", self.no("domain", "remove", "second.test"))
        self.assertIn("no size", self.no("domain", "set", "second.test", "--quota", "much"))
        self.yes("domain", "set", "second.test", "--catch-all", "none", "--quota", "none")
        self.assertIsNone(self.shown("domain", "show", "second.test")["catch_all"])

    def test_aliases(self):
        self.assertEqual(self.yes("alias", "add", "Info@example.test", HANAKO, TARO),
                         f"Info@example.test > {HANAKO}, {TARO}\n")
        self.assertIn("250", self.answer_to("info@example.test"))
        self.yes("alias", "set", "info@example.test", "sales@example.test")
        self.assertIn("550 5.1.1", self.answer_to("info@example.test"))
        self.assertEqual(self.no("alias", "add", "sales@example.test", "info@example.test"),
                         "yubin: sales@example.test would lead back to itself: sales@example.test > info@example.test > "
                         "sales@example.test\n")
        self.assertIn("the address exists", self.no("alias", "add", HANAKO, TARO))
        self.assertIn("did you mean info@example.test?", self.no("alias", "show", "inof@example.test"))
        self.yes("alias", "remove", "info@example.test")
        self.assertNotIn("info@", self.yes("alias", "list"))
        self.assertEqual(self.server.run("alias", "add", "x@example.test").returncode, 2)

    def test_removed_account_can_be_restored(self):
        self.yes("account", "add", "jiro@example.test", "--password-stdin", "--name", "Jiro", stdin="geheim\n")
        clients.send(self.server, clients.message("kept"), to=("jiro@example.test",))
        self.assertIn("yubin account restore", self.yes("account", "remove", "jiro@example.test"))
        with self.assertRaises(imaplib.IMAP4.error):
            self.login("jiro@example.test", "geheim")
        self.assertIn("550 5.1.1", self.answer_to("jiro@example.test"))
        self.assertIn("jiro@example.test until 20", self.yes("account", "list", "--removed"))
        self.yes("account", "restore", "jiro@example.test")
        client = clients.imap(self.server, "jiro@example.test", "geheim")
        self.assertEqual(client.select("INBOX"), ("OK", [b"1"]))
        client.logout()
        self.assertEqual(self.shown("account", "show", "jiro@example.test")["name"], "Jiro")
        self.assertIn("no removed account", self.no("account", "restore", "jiro@example.test"))

    def test_purged_account_leaves_nothing(self):
        self.yes("account", "add", "gone@example.test", "--generate")
        clients.send(self.server, clients.message("erased"), to=("gone@example.test",))
        before = self.shown("store", "stat")["accounts"]
        self.yes("account", "remove", "gone@example.test", "--now")
        for _ in range(1000):
            if not self.shown("account", "list", "--removed")["accounts"]:
                break
        self.assertEqual(self.shown("store", "stat")["accounts"], before - 1)
        self.assertIn("no removed account", self.no("account", "restore", "gone@example.test"))
        self.yes("store", "verify")

    def test_services_and_networks(self):
        self.yes("account", "add", "shy@example.test", "--password-stdin", "--services", "pop3", stdin="geheim\n")
        with self.assertRaises(imaplib.IMAP4.error):
            self.login("shy@example.test", "geheim")
        self.yes("account", "set", "shy@example.test", "--services", "all", "--networks", "192.0.2.0/24")
        with self.assertRaises(imaplib.IMAP4.error):
            self.login("shy@example.test", "geheim")
        self.yes("account", "set", "shy@example.test", "--networks", "127.0.0.0/8,192.0.2.0/24")
        self.login("shy@example.test", "geheim")
        self.assertIn("did you mean 192.0.2.0/24?", self.no("account", "set", "shy@example.test", "--networks", "192.0.2.1/24"))
        self.assertIn("no such service", self.no("account", "set", "shy@example.test", "--services", "imp"))
        self.assertIn("nothing to set", self.no("account", "set", "shy@example.test"))
        self.assertIn("did you mean shy@example.test?", self.no("account", "show", "shi@example.test"))

    def test_quota(self):
        self.yes("account", "add", "full@example.test", "--password-stdin", "--quota", "1K", stdin="geheim\n")
        client = clients.imap(self.server, "full@example.test", "geheim")
        status, text = client.append("INBOX", None, None, b"Subject: x\r\n\r\n" + b"x" * 2000 + b"\r\n")
        self.assertEqual(status, "NO")
        self.assertIn(b"[OVERQUOTA]", text[0])
        self.assertEqual(client.append("INBOX", None, None, b"Subject: x\r\n\r\n" + b"x" * 700 + b"\r\n")[0], "OK")
        client.select("INBOX")
        status, text = client.copy("1", "Trash")
        self.assertIn(b"[OVERQUOTA]", text[0])
        self.assertEqual(client._simple_command("MOVE", "1", "Trash")[0], "OK")
        # What comes in may go over it once.
        clients.send(self.server, clients.message("last", "x" * 500), to=("full@example.test",))
        self.assertIn("552 5.2.2", self.answer_to("full@example.test"))
        account = self.shown("account", "show", "full@example.test")
        self.assertEqual((account["used_messages"], account["limit_bytes"]), (2, 1024))
        self.assertGreater(account["used_bytes"], 1024)
        self.yes("account", "set", "full@example.test", "--quota", "default")
        self.assertIn("250", self.answer_to("full@example.test"))
        client.logout()


if __name__ == "__main__":
    unittest.main()
