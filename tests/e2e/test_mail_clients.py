"""Each ordinary client on each port it knows: mail goes in and comes out, the certificate is verified everywhere.

The server is a demo of our own; or, with YUBIN_MAIL_ENV, whichever a file like demo.env tells of: an installed one.
"""

import contextlib
import imaplib
import os
import pathlib
import poplib
import smtplib
import ssl
import subprocess
import sys
import tempfile
import unittest

from tests.e2e.server import PATIENCE, Server

# What takes mail: name in demo.env, TLS by command or at once, with a login or as a mail exchanger.
SENDING = (("SMTP", "starttls", False), ("SUBMISSION", "starttls", True), ("SUBMISSIONS", "tls", True))
IMAP = (("IMAP", "starttls"), ("IMAPS", "tls"))
POP3 = (("POP3", "starttls"), ("POP3S", "tls"))

# Runs a program of the screen: gives it a terminal, and forgets what it paints.
IN_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.context = contextlib.ExitStack()
        cls.addClassCleanup(cls.context.close)
        given = os.environ.get("YUBIN_MAIL_ENV")
        if given:
            cls.env = dict(line.split("=", 1) for line in pathlib.Path(given).read_text().splitlines() if "=" in line)
        else:
            cls.env = cls.context.enter_context(Server()).env
        cls.ca = cls.env["MAIL_CA"]
        cls.host = cls.env["MAIL_NAME"]
        cls.user, cls.password = cls.env["MAIL_USER"], cls.env["MAIL_PASS"]
        cls.tls = ssl.create_default_context(cafile=cls.ca)
        cls.home = pathlib.Path(cls.context.enter_context(tempfile.TemporaryDirectory(prefix="yubin-clients-")))

    def port(self, name):
        return int(self.env[name + "_PORT"])

    def run_client(self, *command, stdin="", terminal=False):
        if terminal:
            command = (sys.executable, "-c", IN_A_TERMINAL, *command)
        done = subprocess.run([str(part) for part in command], input=stdin.encode(), capture_output=True, timeout=PATIENCE,
                              env={**os.environ, "HOME": str(self.home), "TMPDIR": str(self.home), "TERM": "xterm", "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr).decode(errors="replace"))
        return done.stdout.decode(errors="replace")

    def settings(self, name, text, mode=0o600):
        file = self.home / name
        file.write_text(text)
        file.chmod(mode)
        return file

    def mailbox(self):
        client = imaplib.IMAP4_SSL(self.host, self.port("IMAPS"), ssl_context=self.tls, timeout=PATIENCE)
        client.login(self.user, self.password)
        client.select("INBOX")
        return client

    def setUp(self):
        client = self.mailbox()
        if client.uid("SEARCH", "ALL")[1][0]:
            client.store("1:*", "+FLAGS", r"\Deleted")
            client.expunge()
        client.logout()

    def assert_arrived(self, subject):
        client = self.mailbox()
        found = client.uid("SEARCH", "SUBJECT", f'"{subject}"')[1][0].split()
        client.logout()
        self.assertEqual(len(found), 1, subject)

    def put(self, subject):
        client = self.mailbox()
        client.append("INBOX", None, None, self.text(subject).replace("\n", "\r\n").encode())
        client.logout()

    def text(self, subject):
        return f"From: <{self.user}>\nTo: <{self.user}>\nSubject: {subject}\n\nHello {subject}\n"

    # What each program needs to send over one of the ports.

    def sending(self, program):
        for name, tls, login in SENDING:
            subject = f"{program} {name}"
            yield name, tls, login, subject
            self.assert_arrived(subject)

    def test_curl_sends(self):
        for name, tls, login, subject in self.sending("curl"):
            scheme = "smtps" if tls == "tls" else "smtp"
            self.run_client("curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", self.ca,
                            f"{scheme}://{self.host}:{self.port(name)}/client.example", "--mail-from", self.user,
                            "--mail-rcpt", self.user, "--upload-file", "-",
                            *(("--user", f"{self.user}:{self.password}") if login else ()),
                            stdin=self.text(subject).replace("\n", "\r\n"))

    def test_swaks_sends(self):
        for name, tls, login, subject in self.sending("swaks"):
            self.run_client("swaks", "--server", f"{self.host}:{self.port(name)}", "-tls" if tls == "starttls" else "-tlsc",
                            "--tls-verify", "--tls-ca-path", self.ca, "--from", self.user, "--to", self.user,
                            "--ehlo", "client.example", "--header", f"Subject: {subject}", "--hide-all",
                            *(("--auth", "PLAIN", "--auth-user", self.user, "--auth-password", self.password)
                              if login else ()))

    def test_msmtp_sends(self):
        for name, tls, login, subject in self.sending("msmtp"):
            self.run_client("msmtp", "--file=/dev/null", f"--host={self.host}", f"--port={self.port(name)}", "--tls=on",
                            f"--tls-starttls={'on' if tls == 'starttls' else 'off'}", f"--tls-trust-file={self.ca}",
                            f"--from={self.user}",
                            *(("--auth=plain", f"--user={self.user}", f"--passwordeval=echo {self.password}") if login else ()),
                            self.user, stdin=self.text(subject))

    def test_s_nail_sends(self):
        for name, tls, login, subject in self.sending("s-nail"):
            user = self.user.replace("@", "%40")
            scheme = "smtps" if tls == "tls" else "smtp"
            login_part = f"{user}:{self.password}@" if login else ""
            self.run_client("s-nail", "-:/", "-Sv15-compat", "-Stls-verify=strict", "-Stls-ca-no-defaults",
                            f"-Stls-ca-file={self.ca}", f"-SDEAD={self.home}/dead.letter", "-Ssmtp-use-starttls", "-Ssendwait", f"-Sfrom={self.user}",
                            "-Ssmtp-auth=" + ("plain" if login else "none"), "-Shostname=client.example",
                            f"-Smta={scheme}://{login_part}{self.host}:{self.port(name)}", "-s", subject, self.user,
                            stdin="Hello\n")

    def test_mutt_sends(self):
        for name, tls, login, subject in self.sending("mutt"):
            settings = self.settings("muttrc", self.mutt_settings() + f"""
                set from = "{self.user}" use_from = yes copy = no hostname = client.example
                set smtp_url = "{'smtps' if tls == 'tls' else 'smtp'}://{self.user + '@' if login else ''}{self.host}:{self.port(name)}/"
                set smtp_pass = "{self.password}" smtp_authenticators = "plain"
                """)
            self.run_client("mutt", "-n", "-F", settings, "-s", subject, "--", self.user, stdin="Hello\n")

    def test_python_sends(self):
        for name, tls, login, subject in self.sending("smtplib"):
            make = smtplib.SMTP_SSL if tls == "tls" else smtplib.SMTP
            more = {"context": self.tls} if tls == "tls" else {}
            with make(self.host, self.port(name), "client.example", timeout=PATIENCE, **more) as client:
                if tls == "starttls":
                    client.starttls(context=self.tls)
                if login:
                    client.login(self.user, self.password)
                client.sendmail(self.user, [self.user], self.text(subject))

    # And to read.

    def reading(self, program, services):
        for name, tls in services:
            subject = f"{program} {name}"
            self.put(subject)
            yield name, tls, subject

    def test_curl_reads(self):
        for name, tls, subject in self.reading("curl", IMAP + POP3):
            scheme = name.lower()
            path = "INBOX;MAILINDEX=*" if name in ("IMAP", "IMAPS") else "1"
            got = self.run_client("curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", self.ca, "--user",
                                  f"{self.user}:{self.password}", f"{scheme}://{self.host}:{self.port(name)}/{path}")
            self.assertIn(f"Subject: {subject}" if "IMAP" in name else "Subject: curl IMAP", got)

    def test_python_reads(self):
        for name, tls, subject in self.reading("imaplib", IMAP):
            if tls == "tls":
                client = imaplib.IMAP4_SSL(self.host, self.port(name), ssl_context=self.tls, timeout=PATIENCE)
            else:
                client = imaplib.IMAP4(self.host, self.port(name), timeout=PATIENCE)
                client.starttls(self.tls)
            client.login(self.user, self.password)
            client.select("INBOX")
            self.assertEqual(len(client.search(None, "SUBJECT", f'"{subject}"')[1][0].split()), 1)
            client.logout()
        for name, tls, subject in self.reading("poplib", POP3):
            if tls == "tls":
                client = poplib.POP3_SSL(self.host, self.port(name), context=self.tls, timeout=PATIENCE)
            else:
                client = poplib.POP3(self.host, self.port(name), timeout=PATIENCE)
                client.stls(self.tls)
            client.user(self.user)
            client.pass_(self.password)
            count = client.stat()[0]
            self.assertIn(f"Subject: {subject}".encode(), client.retr(count)[1])
            client.quit()

    def test_s_nail_reads(self):
        for name, tls, subject in self.reading("s-nail", IMAP + POP3):
            user = self.user.replace("@", "%40")
            got = self.run_client("s-nail", "-:/", "-Sv15-compat", "-Stls-verify=strict", "-Stls-ca-no-defaults",
                                  f"-Stls-ca-file={self.ca}", "-Simap-use-starttls", "-Spop3-use-starttls", "-Sfolder=/nowhere",
                                  "-Simap-auth=login", "-Spop3-auth=plain", "-Spop3-no-apop",
                                  "-f", f"{name.lower()}://{user}:{self.password}@{self.host}:{self.port(name)}",
                                  stdin=f"from (subject '{subject}')\ntype $\nexit\n")
            self.assertIn(f"Hello {subject}", got)

    def test_mutt_reads(self):
        for name, tls, subject in self.reading("mutt", IMAP + POP3):
            copy = self.home / f"mutt-{name}"
            scheme = {"IMAP": "imap", "IMAPS": "imaps", "POP3": "pop", "POP3S": "pops"}[name]
            settings = self.settings("muttrc", self.mutt_settings() + f"""
                set imap_user = "{self.user}" imap_pass = "{self.password}" imap_authenticators = "plain"
                set pop_user = "{self.user}" pop_pass = "{self.password}" pop_authenticators = "plain"
                set spoolfile = "{scheme}://{self.host}:{self.port(name)}/"
                set wait_key = no quit = yes delete = no sort = mailbox-order
                push "<last-entry><pipe-message>cat > {copy}<enter><exit>"
                """)
            self.run_client("mutt", "-n", "-F", settings, terminal=True)
            self.assertIn(f"Subject: {subject}", copy.read_text())

    def test_fetchmail_reads(self):
        for name, tls, subject in self.reading("fetchmail", IMAP + POP3):
            inbox = self.home / f"fetchmail-{name}"
            settings = self.settings("fetchmailrc", f"""
                poll {self.host} protocol {'imap' if 'IMAP' in name else 'pop3'} port {self.port(name)}
                  user "{self.user}" password "{self.password}" fetchall
                  {'ssl' if tls == 'tls' else "sslproto 'TLS1.2+'"} sslcertck sslcertfile "{self.ca}"
                  mda "cat >> {inbox}"
                """)
            self.run_client("fetchmail", "--fetchmailrc", settings, "--nosyslog", "--pidfile", self.home / "fetchmail.pid",
                            "--idfile", self.home / "fetchids")
            self.assertIn(f"Subject: {subject}", inbox.read_text())
            client = self.mailbox()
            self.assertEqual(client.uid("SEARCH", "ALL")[1], [b""])
            client.logout()

    def test_mbsync_reads(self):
        for name, tls, subject in self.reading("mbsync", IMAP):
            local = self.home / f"mbsync-{name}"
            local.mkdir(exist_ok=True)  # it is there after a try with a wrong certificate
            settings = self.settings("mbsyncrc", f"""
IMAPStore server
Host {self.host}
Port {self.port(name)}
User {self.user}
Pass {self.password}
SSLType {'IMAPS' if tls == 'tls' else 'STARTTLS'}
CertificateFile {self.ca}

MaildirStore local
Path {local}/
Inbox {local}/INBOX

Channel inbox
Far :server:
Near :local:
Create Near
SyncState *
""")
            self.run_client("mbsync", "--config", settings, "inbox")
            self.assertTrue(any(f"Subject: {subject}".encode() in file.read_bytes() for file in local.glob("INBOX/*/*")
                                if file.parent.name in ("cur", "new")))

    def test_a_certificate_of_somebody_else_is_noticed(self):
        # Otherwise the clients above would not have verified anything.
        foreign = self.home / "foreign.pem"
        self.run_client("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                        self.home / "foreign.key", "-out", foreign, "-subj", "/CN=Somebody else")
        own, type(self).ca = self.ca, str(foreign)
        try:
            for test in (self.test_curl_sends, self.test_curl_reads, self.test_swaks_sends, self.test_msmtp_sends,
                         self.test_s_nail_sends, self.test_s_nail_reads, self.test_mutt_sends, self.test_mbsync_reads,
                         self.test_fetchmail_reads):
                with self.assertRaises(AssertionError, msg=test.__name__):
                    test()
        finally:
            type(self).ca = own

    def mutt_settings(self):
        return f"""
            set ssl_ca_certificates_file = "{self.ca}" certificate_file = "" ssl_starttls = yes ssl_force_tls = yes
            set folder = "{self.home}" ssl_verify_host = yes ssl_verify_dates = yes header_cache = "" message_cachedir = ""
            """


if __name__ == "__main__":
    unittest.main()
