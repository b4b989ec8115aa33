"""What a wrong or hostile client, and a wrong set-up, get: the right reply or one sentence, and nothing half-stored."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from tests.e2e import clients
from tests.e2e.server import BINARY, PATIENCE, Server


class WrongClients(unittest.TestCase):
    def test_replies_by_smtp(self):
        with Server() as server, clients.Lines(server, "SMTP") as client:
            self.assertTrue(client.reply().startswith("220 mx.example.test "))
            for sent, expected in (
                (b"RCPT TO:<hanako@example.test>", "503 5.5.1"),
                (b"FROBNICATE", "500 5.5."),
                (b"EHLO client.example", "250"),
                (b"DATA", "503 5.5.1"),
                (b"MAIL FROM:<a@client.example> SIZE=99999999999", "552 5.3.4"),
                (b"MAIL FROM:<a@client.example>", "250 2.1.0"),
                (b"RCPT TO:<nobody@example.test>", "550 5.1.1"),
                (b"RCPT TO:<a@elsewhere.test>", "550 5.7.1"),
                (b"DATA", "554 5.5.1"),
                (b"NOOP " + b"x" * 5000, "500 5.5.2"),
                (b"NOOP", "250 2.0.0"),
                (b"RCPT TO:<postmaster>", "250 2.1.5"),
                (b"QUIT", "221 2.0.0"),
            ):
                client.send(sent + b"\r\n")
                self.assertTrue((reply := client.reply()).startswith(expected), f"{sent[:40]!r}: {reply}")

    def test_a_connection_lost_inside_data_stores_nothing(self):
        with Server() as server:
            imap = clients.imap(server)
            before = clients.message_ids(imap)
            for cut in (b"", b"Subject: half\r\n", b"Subject: half\r\n\r\n" + b"x" * 1000000, b"Subject: half\r\n\r\nx\r\n."):
                with clients.Lines(server, "SMTP") as client:
                    client.reply()
                    client.send(b"EHLO c\r\n")
                    client.reply()
                    client.send(b"MAIL FROM:<>\r\nRCPT TO:<hanako@example.test>\r\nDATA\r\n")
                    for _ in range(3):
                        reply = client.reply()
                    self.assertTrue(reply.startswith("354"), reply)
                    client.send(cut)
            mail = clients.message("after the lost ones")
            clients.send(server, mail)
            self.assertEqual(clients.message_ids(imap), before + [mail["Message-ID"]])
            imap.logout()

    def test_http_on_a_mail_port_is_turned_away(self):
        with Server() as server, clients.Lines(server, "SMTP") as client:
            client.reply()
            client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(client.reply().startswith("5"))
            self.assertEqual(client.line(), "")

    def test_imap_refuses_a_password_in_clear_and_a_wrong_one(self):
        with Server() as server:
            with clients.Lines(server, "IMAP") as client:
                self.assertIn("LOGINDISABLED", client.line() + client_capability(client))
                client.send(b"a LOGIN hanako@example.test secret\r\n")
                self.assertTrue((line := client.line()).startswith("a NO [PRIVACYREQUIRED]"), line)
            for user, password in (("hanako@example.test", "wrong"), ("nobody@example.test", "secret")):
                with self.assertRaises(clients.imaplib.IMAP4.error) as refused:
                    clients.imap(server, user, password)
                self.assertIn("AUTHENTICATIONFAILED", str(refused.exception))


def client_capability(client):
    client.send(b"x CAPABILITY\r\n")
    return client.line() + client.line()


class WrongSetUp(unittest.TestCase):
    def demo(self, *arguments):
        return subprocess.run([BINARY, "demo", *arguments], capture_output=True, text=True, timeout=PATIENCE)

    def test_a_port_in_use_is_named(self):
        with Server() as server, tempfile.TemporaryDirectory() as other:
            refused = self.demo("--dir", other, "--base-port", str(server.base_port))
            self.assertEqual(refused.returncode, 1)
            self.assertIn("already in use", refused.stderr)
            self.assertRegex(refused.stderr, r"127\.0\.0\.1:\d+")

    def test_a_second_server_on_the_same_directory_is_refused(self):
        with Server() as server:
            refused = self.demo("--dir", str(server.directory), "--base-port", str(server.base_port + 1))
            self.assertEqual(refused.returncode, 1)
            self.assertIn("in use", refused.stderr)

    def test_a_directory_that_cannot_be_written_is_named(self):
        with tempfile.TemporaryDirectory() as parent:
            blocked = pathlib.Path(parent) / "file"
            blocked.write_text("not a directory")
            refused = self.demo("--dir", str(blocked / "demo"), "--base-port", "20000")
            self.assertEqual(refused.returncode, 1)
            self.assertIn(str(blocked), refused.stderr)
            self.assertEqual(len(refused.stderr.strip().splitlines()), 1, refused.stderr)

    def test_usage_errors_exit_with_2(self):
        for arguments in ([], ["frobnicate"], ["demo", "--base-port", "x"], ["account", "add"]):
            refused = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(refused.returncode, 2, arguments)
            self.assertTrue(refused.stderr, arguments)

    def test_commands_without_a_server_say_so(self):
        with tempfile.TemporaryDirectory() as directory:
            refused = subprocess.run([BINARY, "--socket", os.path.join(directory, "no.sock"), "account", "list"],
                                     capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("no server is running", refused.stderr)


if __name__ == "__main__":
    unittest.main()
