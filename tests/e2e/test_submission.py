"""Submission on 587 and 465: what real mail programs send arrives, complete, in the mailbox of the other."""

import base64
import email
import email.utils
import os
import pathlib
import shutil
import smtplib
import ssl
import subprocess
import tempfile
import time
import unittest

from tests.e2e import clients
from tests.e2e.server import PATIENCE, Server

HANAKO = "hanako@example.test"
TARO = "taro@example.test"


def tls(server):
    return ssl.create_default_context(cafile=server.env["MAIL_CA"])


def submission(server):
    client = smtplib.SMTP("localhost", server.port("SUBMISSION"), local_hostname="laptop", timeout=PATIENCE)
    client.starttls(context=tls(server))
    return client


def submissions(server):
    return smtplib.SMTP_SSL("localhost", server.port("SUBMISSIONS"), local_hostname="laptop", timeout=PATIENCE,
                            context=tls(server))


class WithServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def received(self, subject, user=TARO):
        """The one message of this subject, as bytes."""
        imap = clients.imap(self.server, user)
        try:
            imap.select("INBOX", readonly=True)
            _, found = imap.uid("SEARCH", "SUBJECT", f'"{subject}"')
            uids = found[0].split()
            self.assertEqual(len(uids), 1, f"messages with the subject {subject}")
            _, data = imap.uid("FETCH", uids[0].decode(), "(BODY.PEEK[])")
            return data[0][1]
        finally:
            imap.logout()


class Python(WithServer):
    def test_over_starttls_and_over_implicit_tls(self):
        for number, connect in enumerate((submission, submissions)):
            with connect(self.server) as client:
                client.login(HANAKO, "secret")
                client.send_message(clients.message(f"python {number}", to=TARO), HANAKO, [TARO])
            mail = email.message_from_bytes(self.received(f"python {number}"))
            self.assertIn("with ESMTPSA id", mail["Received"])
            self.assertEqual(mail["Return-Path"], f"<{HANAKO}>")

    def test_each_mechanism_that_is_announced_and_known_lets_in(self):
        with submission(self.server) as client:
            client.ehlo()
            announced = client.esmtp_features["auth"].split()
        for mechanism in ("PLAIN", "LOGIN"):
            self.assertIn(mechanism, announced)
            with submission(self.server) as client:
                client.ehlo()
                client.user, client.password = HANAKO, "secret"
                code, _ = client.auth(mechanism, getattr(client, "auth_" + mechanism.lower()))
                self.assertEqual(code, 235)

    def test_no_login_before_tls_though_it_is_loopback(self):
        with smtplib.SMTP("localhost", self.server.port("SUBMISSION"), timeout=PATIENCE) as client:
            client.ehlo()
            self.assertNotIn("auth", client.esmtp_features)
            token = base64.b64encode(b"\0" + HANAKO.encode() + b"\0secret").decode()
            code, text = client.docmd("AUTH", "PLAIN " + token)
            self.assertEqual((code, text[:6]), (538, b"5.7.11"))
            self.assertEqual(client.mail(HANAKO)[0], 530)

    def test_what_is_missing_is_added_and_bcc_is_taken_away(self):
        with submissions(self.server) as client:
            client.login(HANAKO, "secret")
            client.sendmail(HANAKO, [TARO], "From: hanako@example.test\r\nBcc: secret@example.test,\r\n other@x.test\r\n"
                                            "Subject: bare\r\n\r\nBcc: in the body\r\n")
        mail = email.message_from_bytes(self.received("bare"))
        self.assertIsNone(mail["Bcc"])
        self.assertIsNotNone(email.utils.parsedate_to_datetime(mail["Date"]))
        self.assertRegex(mail["Message-ID"], r"^<[^@>]+@mx\.example\.test>$")
        self.assertEqual(mail.get_payload(), "Bcc: in the body\r\n")

    def test_senders_are_ones_own(self):
        with submissions(self.server) as client:
            client.login(HANAKO, "secret")
            code, text = client.mail(TARO)
            self.assertEqual((code, text[:5]), (553, b"5.7.1"))
            self.assertEqual(client.mail("HANAKO+news@example.test")[0], 250)
            client.rset()
            self.assertEqual(client.mail("")[0], 250)
            client.rset()
            self.assertEqual(client.mail("postmaster@example.test")[0], 250)

    def test_other_domains_are_refused_and_the_journal_knows(self):
        with submissions(self.server) as client:
            client.login(HANAKO, "secret")
            client.mail(HANAKO)
            code, text = client.rcpt("friend@other.example")
            self.assertEqual(code, 550)
            self.assertIn(b"does not send mail to other domains yet", text)
            entry_id = text.decode().split("[")[-1].rstrip("]")
        traced = clients_trace(self.server, entry_id)
        self.assertIn("friend@other.example", traced)
        self.assertIn(HANAKO, traced)

    def test_a_binary_body_comes_through_unchanged(self):
        body = b"Subject: binary\r\nContent-Transfer-Encoding: binary\r\n\r\n" + bytes(range(1, 256)) + b"\n\r.\r\n.\n"
        with submissions(self.server) as client:
            client.login(HANAKO, "secret")
            client.mail(HANAKO, ["BODY=BINARYMIME"])
            client.rcpt(TARO)
            client.send(b"BDAT 100\r\n" + body[:100])
            self.assertEqual(client.getreply()[0], 250)
            client.send(b"BDAT %d LAST\r\n" % (len(body) - 100) + body[100:])
            self.assertEqual(client.getreply()[0], 250)
        self.assertTrue(self.received("binary").endswith(body.split(b"\r\n\r\n", 1)[1]))

    def test_japanese_in_a_sender_with_smtputf8(self):
        with submissions(self.server) as client:
            client.login(HANAKO, "secret")
            client.ehlo()
            self.assertTrue(client.has_extn("smtputf8"))
            client.command_encoding = "utf-8"
            self.assertEqual(client.mail("hanako+花@example.test", ["SMTPUTF8"])[0], 250)
            client.rcpt(TARO)
            self.assertEqual(client.data("Subject: utf8 sender 花\r\n\r\n".encode())[0], 250)
        mail = self.received("utf8 sender")
        self.assertIn("Return-Path: <hanako+花@example.test>".encode(), mail)
        self.assertIn(b"with UTF8SMTPSA id", mail)


def clients_trace(server, entry_id):
    """What the journal says; an entry of a refusal is written soon after the connection's end."""
    end = time.monotonic() + PATIENCE
    while True:
        traced = server.run("trace", "--id", entry_id)
        if traced.returncode == 0 or time.monotonic() > end:
            return traced.stdout


class MxPort(WithServer):
    def test_a_mail_program_on_port_25_is_told_where_to_go(self):
        with smtplib.SMTP("localhost", self.server.port("SMTP"), "laptop", timeout=PATIENCE) as client:
            client.ehlo()
            self.assertNotIn("auth", client.esmtp_features)
            code, text = client.docmd("AUTH", "PLAIN")
            self.assertEqual(code, 502)
            self.assertIn(b"port 465 or 587", text)
            client.mail(HANAKO)
            code, text = client.rcpt("friend@other.example")
            self.assertEqual((code, text[:5]), (550, b"5.7.1"))
            self.assertIn(b"port 465 or 587", text)
            entry_id = text.decode().split("[")[-1].rstrip("]")
        self.assertIn("mua_on_mx_port", clients_trace(self.server, entry_id))
        self.assertIn("hint=mua_on_mx_port", self.server.read_log())

    def test_a_loop_is_stopped(self):
        with smtplib.SMTP("localhost", self.server.port("SMTP"), "mx.other.example", timeout=PATIENCE) as client:
            looping = "Received: from a by b; now\r\n" * 101 + "Subject: loop\r\n\r\n"
            with self.assertRaises(smtplib.SMTPDataError) as refused:
                client.sendmail("a@other.example", [HANAKO], looping)
            self.assertEqual(refused.exception.smtp_code, 554)
            with self.assertRaises(smtplib.SMTPDataError) as refused:
                client.sendmail("a@other.example", [HANAKO], f"Delivered-To: {HANAKO}\r\nSubject: again\r\n\r\n")
            self.assertEqual(refused.exception.smtp_code, 554)
            client.sendmail("a@other.example", [HANAKO], f"Delivered-To: {TARO}\r\nSubject: forwarded\r\n\r\n")
        self.received("forwarded", HANAKO)


class Programs(WithServer):
    """Others' programs; each checks the certificate."""

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="yubin-home-"))
        self.addCleanup(shutil.rmtree, self.home)

    def run_program(self, command, stdin=""):
        done = subprocess.run(command, input=stdin, text=True, capture_output=True, timeout=PATIENCE,
                              env={**os.environ, "HOME": str(self.home)})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_swaks(self):
        for name, how in (("SUBMISSION", "--tls"), ("SUBMISSIONS", "--tls-on-connect")):
            self.run_program(["swaks", "--server", f"localhost:{self.server.port(name)}", how, "--tls-verify",
                              "--tls-ca-path", self.server.env["MAIL_CA"], "--auth", "PLAIN", "--auth-user", HANAKO,
                              "--auth-password", "secret", "--from", HANAKO, "--to", TARO,
                              "--header", f"Subject: swaks {name}"])
            self.received(f"swaks {name}")

    def test_curl(self):
        for name, scheme in (("SUBMISSION", "smtp"), ("SUBMISSIONS", "smtps")):
            self.run_program(["curl", "-sS", "--crlf", "--ssl-reqd", "--cacert", self.server.env["MAIL_CA"], "--user",
                              f"{HANAKO}:secret", "--mail-from", HANAKO, "--mail-rcpt", TARO, "-T", "-",
                              f"{scheme}://localhost:{self.server.port(name)}/laptop"],
                             f"Subject: curl {name}\n\nhello\n")
            self.received(f"curl {name}")

    @unittest.skipUnless(shutil.which("msmtp"), "msmtp is not installed")
    def test_msmtp(self):
        for name, starttls in (("SUBMISSION", "on"), ("SUBMISSIONS", "off")):
            self.run_program(["msmtp", "--file=/dev/null", "--host=localhost", f"--port={self.server.port(name)}",
                              "--tls=on", f"--tls-starttls={starttls}",
                              f"--tls-trust-file={self.server.env['MAIL_CA']}", "--auth=on", f"--user={HANAKO}",
                              "--passwordeval=echo secret", f"--from={HANAKO}", TARO],
                             f"Subject: msmtp {name}\n\nhello\n")
            self.received(f"msmtp {name}")

    @unittest.skipUnless(shutil.which("s-nail"), "s-nail is not installed")
    def test_s_nail(self):
        for name, scheme in (("SUBMISSION", "submission"), ("SUBMISSIONS", "submissions")):
            self.run_program(["s-nail", "-:/", "-Sv15-compat", "-Stls-verify=strict", "-Stls-ca-no-defaults",
                              f"-Stls-ca-file={self.server.env['MAIL_CA']}", "-Ssmtp-use-starttls",
                              "-Ssmtp-auth=plain", "-Ssendwait", f"-Sfrom={HANAKO}", f"-Shostname=laptop.example",
                              f"-Smta={scheme}://hanako%40example.test:secret@localhost:{self.server.port(name)}",
                              "-s", f"snail {name}", TARO], "hello\n")
            self.received(f"snail {name}")


if __name__ == "__main__":
    unittest.main()
