"""Every way to ask `yubin trace`: what was delivered, refused, or logged in is found by each of its marks."""

import imaplib
import json
import re
import subprocess
import unittest

from tests.e2e import clients
from tests.e2e.server import BINARY, PATIENCE, Server

MESSAGE_ID = "<trace-1@client.example>"


class Trace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.delivered = cls.deliver()
        cls.refused = cls.be_refused()
        clients.imap(cls.server).logout()
        try:
            clients.imap(cls.server, password="wrong")
        except imaplib.IMAP4.error:
            pass
        cls.server.run("domain", "add", "other.test")

    @classmethod
    def deliver(cls):
        mail = clients.message("trace me", message_id=MESSAGE_ID)
        code, text = clients.send(cls.server, mail)
        assert code == 250, text
        return re.search(r"OK (\w+)", text).group(1)

    @classmethod
    def be_refused(cls):
        with clients.smtp(cls.server) as client:
            client.ehlo()
            client.mail("refused@client.example")
            code, text = client.rcpt("nobody@example.test")
            assert code == 550, text
        return re.search(r"\[(\w+)\]", text.decode()).group(1)

    def trace(self, *arguments):
        result = self.server.run("trace", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def entries(self, *arguments):
        return json.loads(self.trace("--json", *arguments))["entries"]

    def ids(self, *arguments):
        return [entry["id"] for entry in self.entries(*arguments)]

    def test_a_message_is_found_by_each_option(self):
        for arguments in (["--to", "hanako@example.test", "--kind", "message"], ["--to", "HANAKO@example.test"],
                          ["--from", "taro@client.example"], ["--address", "taro@client.example"],
                          ["--domain", "client.example"], ["--message-id", MESSAGE_ID],
                          ["--message-id", MESSAGE_ID.strip("<>")], ["--ip", "127.0.0.1"], ["--ip", "127.0.0.0/8"],
                          ["--verdict", "accepted"], ["--verdict", "delivered"], ["--service", "mx"],
                          ["--since", "1h"], ["--since", "yesterday", "--until", "2199-01-01"]):
            with self.subTest(arguments):
                self.assertIn(self.delivered, self.ids(*arguments))
        for arguments in (["--to", "taro@example.test"], ["--from", "hanako@example.test"], ["--ip", "192.0.2.0/24"],
                          ["--until", "1h"], ["--since", "2199-01-01"], ["--verdict", "junk"],
                          ["--message-id", "<other@client.example>"], ["--domain", "client.test"]):
            with self.subTest(arguments):
                self.assertNotIn(self.delivered, self.ids(*arguments))

    def test_what_was_refused_is_found(self):
        for arguments in (["--to", "nobody@example.test"], ["--from", "refused@client.example"],
                          ["--verdict", "refused", "--service", "mx"], ["--kind", "refusal"]):
            with self.subTest(arguments):
                self.assertEqual(self.ids(*arguments), [self.refused])

    def test_logins_are_found(self):
        user = ["--user", "hanako@example.test"]
        self.assertEqual([entry["verdict"] for entry in self.entries(*user)], ["refused", "accepted"])
        self.assertEqual(len(self.entries(*user, "--verdict", "refused")), 1)
        self.assertEqual(len(self.entries(*user, "--service", "imap", "--ip", "127.0.0.1")), 2)

    def test_a_connection_without_a_message_is_found(self):
        with clients.Lines(self.server, "SMTP") as lines:
            lines.reply()
            lines.send(b"QUIT\r\n")
            lines.reply()
        with clients.Lines(self.server, "IMAP") as lines:
            lines.line()
            lines.send(b"a LOGOUT\r\n")
            while lines.line():
                pass
        found = {entry["service"] for entry in self.entries("--kind", "connection")}
        while found != {"mx", "imap"}:  # the server has yet to see that the connection is over
            found = {entry["service"] for entry in self.entries("--kind", "connection")}

    def test_an_administrators_change_is_found(self):
        self.assertIn("domain added: other.test", [entry["reason"] for entry in self.entries("--kind", "change")])

    def test_the_whole_story_of_one_entry(self):
        story = self.trace("--id", self.delivered)
        for part in (self.delivered, "accepted", "127.0.0.1", "client.example", "<taro@client.example>",
                     "<hanako@example.test>  delivered 2.0.0", MESSAGE_ID):
            self.assertIn(part, story)
        self.assertIn("<nobody@example.test>  refused 5.1.1", self.trace("--id", self.refused))

    def test_a_list_has_one_line_an_entry_the_newest_last(self):
        self.assertEqual(len(self.trace("--limit", "1").splitlines()), 1)
        both = ["--since", "1h", "--domain", "client.example", "--ip", "127.0.0.1"]
        self.assertEqual(self.ids("--limit", "1", "--verdict", "refused", *both), [self.refused])
        order = self.trace(*both)
        self.assertLess(order.index(self.delivered), order.index(self.refused))

    def test_a_wrong_value_gets_one_sentence(self):
        for arguments, part in ((["--since", "soon"], "write it like 2h"), (["--ip", "192.0.2.256"], "no IP address"),
                                (["--verdict", "refussed"], "there are: accepted"), (["--kind", "mail"], "there are:"),
                                (["--domain", "a b"], ""), (["--id", "x"], "")):
            with self.subTest(arguments):
                result = self.server.run("trace", *arguments)
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                self.assertIn(part, result.stderr)
        self.assertEqual(self.server.run("trace", "--limit", "0").returncode, 2)

    def test_following_shows_what_happens_next(self):
        command = [BINARY, "--socket", self.server.env["ADMIN_SOCKET"], "trace", "--follow", "--to", "taro@example.test"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as follow:
            try:
                self.assertIn("from now on", follow.stderr.readline())
                for number in range(2):
                    mail = clients.message(f"follow {number}", to="taro@example.test")
                    code, text = clients.send(self.server, mail, ["taro@example.test"])
                    self.assertEqual(code, 250)
                    self.assertIn(text.split()[-1], follow.stdout.readline())
            finally:
                follow.terminate()
                follow.wait(PATIENCE)


if __name__ == "__main__":
    unittest.main()
