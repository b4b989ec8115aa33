"""The way of a first mail: real clients send it, read it, and find it again after a restart."""

import json
import subprocess
import tempfile
import unittest

from tests.e2e import clients
from tests.e2e.server import PATIENCE, Server


def curl(*arguments, stdin=b""):
    return subprocess.run(["curl", "--silent", "--show-error", "--max-time", str(PATIENCE), *arguments],
                          input=stdin, capture_output=True)


class FirstMail(unittest.TestCase):
    def test_smtplib_to_imaplib_byte_for_byte(self):
        with Server() as server:
            mail = clients.message("=?UTF-8?B?44GC44GE?=", "本文です。\r\n.\r\n..two dots\r\n")
            sent = mail.as_bytes(policy=clients.email.policy.SMTP)
            code, text = clients.send(server, sent)
            self.assertEqual(code, 250, text)
            imap = clients.imap(server)
            imap.select("INBOX")
            status, found = imap.search(None, "HEADER", "Message-ID", mail["Message-ID"])
            self.assertEqual(status, "OK")
            numbers = found[0].split()
            self.assertEqual(len(numbers), 1)
            status, data = imap.fetch(numbers[0], "(RFC822.SIZE BODY.PEEK[])")
            received = data[0][1]
            self.assertTrue(received.endswith(sent), received)
            prefix = received[: -len(sent)].decode()
            self.assertIn("Return-Path: <taro@client.example>\r\n", prefix)
            self.assertIn("Delivered-To: hanako@example.test\r\n", prefix)
            self.assertIn("Received: from client.example", prefix)
            self.assertIn(f"RFC822.SIZE {len(received)}".encode(), data[0][0])
            imap.logout()

    def test_curl_sends_and_reads(self):
        with Server("--allow-cleartext") as server:
            sent = curl(f"smtp://127.0.0.1:{server.port('SMTP')}/client.example", "--mail-from", "a@client.example",
                        "--mail-rcpt", "taro@example.test", "--upload-file", "-",
                        stdin=b"From: a@client.example\r\nSubject: by curl\r\n\r\nHello\r\n")
            self.assertEqual(sent.returncode, 0, sent.stderr)
            read = curl(f"imap://127.0.0.1:{server.port('IMAP')}/INBOX?SUBJECT%20%22by%20curl%22", "--user",
                        "taro@example.test:secret")
            self.assertEqual(read.returncode, 0, read.stderr)
            number = read.stdout.split()[-1].decode()
            fetched = curl(f"imap://127.0.0.1:{server.port('IMAP')}/INBOX;MAILINDEX={number}", "--user",
                           "taro@example.test:secret")
            self.assertIn(b"Subject: by curl\r\n\r\nHello\r\n", fetched.stdout)

    def test_curl_with_tls_checks_the_certificate(self):
        with Server() as server:
            read = curl(f"imaps://localhost:{server.port('IMAPS')}/INBOX", "--cacert", server.env["MAIL_CA"], "--user",
                        "hanako@example.test:secret", "-X", "NOOP")
            self.assertEqual(read.returncode, 0, read.stderr)
            upgraded = curl(f"imap://localhost:{server.port('IMAP')}/INBOX", "--ssl-reqd", "--cacert",
                            server.env["MAIL_CA"], "--user", "hanako@example.test:secret", "-X", "NOOP")
            self.assertEqual(upgraded.returncode, 0, upgraded.stderr)

    def test_swaks_uses_starttls_on_the_mx_port(self):
        with Server() as server:
            sent = subprocess.run(["swaks", "--server", f"127.0.0.1:{server.port('SMTP')}", "--tls", "--from",
                                   "a@client.example", "--to", "hanako@example.test", "--helo", "client.example"],
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(sent.returncode, 0, sent.stdout)

    def test_a_second_start_still_has_the_mail_and_the_passwords(self):
        with tempfile.TemporaryDirectory() as directory, Server(directory=directory) as server:
            mail = clients.message("before the restart")
            clients.send(server, mail)
            before = clients.imap(server)
            ids = clients.message_ids(before)
            uid_validity = before.response("UIDVALIDITY")
            before.logout()
            server.restart()
            after = clients.imap(server)
            self.assertEqual(clients.message_ids(after), ids)
            self.assertEqual(after.response("UIDVALIDITY"), uid_validity)
            self.assertIn(mail["Message-ID"], ids)
            after.logout()

    def test_several_recipients_get_one_message_each(self):
        with Server() as server:
            mail = clients.message("for both")
            clients.send(server, mail, ["hanako@example.test", "TARO@EXAMPLE.TEST", "postmaster@example.test"])
            for user in ("hanako@example.test", "taro@example.test"):
                imap = clients.imap(server, user)
                self.assertEqual(clients.message_ids(imap).count(mail["Message-ID"]), 1, user)
                imap.logout()

    def test_the_reply_names_the_journal_entry_that_trace_prints(self):
        with Server() as server:
            mail = clients.message("to be traced")
            _, text = clients.send(server, mail)
            entry_id = text.split()[-1]
            traced = server.run("trace", "--id", entry_id)
            self.assertEqual(traced.returncode, 0, traced.stderr)
            self.assertIn("<hanako@example.test>  delivered 2.0.0", traced.stdout)
            self.assertIn("client.example", traced.stdout)
            entry = json.loads(server.run("trace", "--id", entry_id, "--json").stdout)
            self.assertEqual(entry["sender"], "taro@client.example")
            self.assertEqual(entry["message_id"], mail["Message-ID"])
            self.assertEqual(entry["peer"], "127.0.0.1")
            missing = server.run("trace", "--id", "0" * 26)
            self.assertEqual(missing.returncode, 1)
            self.assertIn("no entry", missing.stderr)

    def test_an_account_is_added_and_gets_mail_at_once(self):
        with Server() as server:
            added = server.run("account", "add", "Jiro@example.test", "--password-stdin", stdin="gombe\n")
            self.assertEqual(added.returncode, 0, added.stderr)
            mail = clients.message("welcome", to="jiro@example.test")
            clients.send(server, mail, ["jiro@example.test"])
            imap = clients.imap(server, "jiro@example.test", "gombe")
            self.assertEqual(clients.message_ids(imap), [mail["Message-ID"]])
            imap.logout()
            again = server.run("account", "add", "JIRO@example.test", "--password-stdin", stdin="x\n")
            self.assertEqual(again.returncode, 1)
            elsewhere = server.run("account", "add", "jiro@elsewhere.test", "--password-stdin", stdin="x\n")
            self.assertEqual(elsewhere.returncode, 1)
            self.assertIn("elsewhere.test", elsewhere.stderr)
            self.assertIn("jiro@example.test", server.run("account", "list").stdout.lower())
            self.assertEqual(server.run("account", "passwd", "jiro@example.test", "--password-stdin",
                                        stdin="new\n").returncode, 0)
            clients.imap(server, "jiro@example.test", "new").logout()
            self.assertEqual(server.run("account", "remove", "jiro@example.test").returncode, 0)
            with clients.smtp(server) as smtp:
                smtp.ehlo()
                smtp.mail("a@client.example")
                self.assertEqual(smtp.rcpt("jiro@example.test")[0], 550)


if __name__ == "__main__":
    unittest.main()
