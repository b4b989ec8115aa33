"""A machine that only sends: three lines of configuration, Yubin as its sendmail, all mail through a relay with a login."""

import email
import email.policy
import os
import pathlib
import queue
import shutil
import subprocess
import tempfile
import unittest

from tests.e2e.installed import Installed, run
from tests.e2e.peer import TlsPeer
from tests.e2e.server import BINARY, PATIENCE
from tests.e2e.test_outgoing_tls import Certificates

HOST = "web1.example.test"
RELAY = "127.0.0.9"
LINES = 'host_name = "web1.example.test"\noutgoing.enabled = true\noutgoing.relay = "smtp.example.test"\n'
LOGWATCH = """To: root
From: logwatch@web1.example.test
Subject: Logwatch for web1 (Linux)
Auto-Submitted: auto-generated
Precedence: bulk
MIME-Version: 1.0
Content-Transfer-Encoding: 8bit
Content-Type: text/plain; charset="UTF-8"

 ################### Logwatch 7.5.6 ####################
"""


class Relay(TlsPeer):
    """Offers AUTH once TLS is on, and takes anybody unless told otherwise."""

    def __init__(self, port, certificate, offer=True, **answers):
        self.logins = queue.Queue()
        super().__init__(RELAY, port, certificate, offer=offer, **answers)
        self.DEFAULTS = {**self.DEFAULTS, "AUTH": b"235 2.7.0 welcome\r\n",
                         "EHLO": self.DEFAULTS["EHLO"].replace(b"250 8BITMIME", b"250-AUTH PLAIN\r\n250 8BITMIME")}


class NullClient(Installed):
    def __init__(self, certificates, port, more="", dns=f"smtp.example.test. A {RELAY}\n"):
        super().__init__()
        self.config.parent.mkdir(parents=True)
        (self.config.parent / "zone").write_text("$ORIGIN .\n" + dns)
        (self.config.parent / "password").write_text("secret\n")
        self.socket.parent.mkdir()
        self.config.write_text(
            f'{LINES}outgoing.relay_port = {port}\noutgoing.relay_user = "web1"\n'
            f'outgoing.relay_password_file = "{self.config.parent}/password"\n{more}'
            f'outgoing.authorities = "{certificates.authority}"\noutgoing.loopback = true\nuser = ""\n'
            f'store.directory = "{self.store}"\nadmin.socket = "{self.socket}"\nbackup.directory = "{self.folder}/backups"\n'
            f'dns.mode = "static"\ndns.zone = "{self.config.parent}/zone"\nqueue.first_retry = "1h"\n')
        self.names = self.folder / "bin"
        self.names.mkdir()
        for name in ("sendmail", "mailq"):
            (self.names / name).symlink_to(os.path.abspath(BINARY))
        self.environment = dict(os.environ, YUBIN_SUBMIT_SOCKET=str(self.socket.parent / "submit.sock"),
                                ADMIN_SOCKET=str(self.socket), YUBIN_ALIASES="/nonexistent", YUBIN_MAILNAME="/nonexistent",
                                HOME=str(self.folder), MAILRC=str(self.folder / "mailrc"), PATH=f"{self.names}:{os.environ['PATH']}")
        (self.folder / "mailrc").write_text(f"set sendmail={self.names}/sendmail\n")

    def run_as(self, *command, text=""):
        return subprocess.run(command, input=text.encode(), env=self.environment, capture_output=True, timeout=PATIENCE)

    def fate(self):
        """The log's one line about a message."""
        return next(line for line in self.events("deliver.fate"))


class SendsOnly(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="yubin-null-"))
        os.chmod(cls.folder, 0o755)
        cls.certificates = Certificates(cls.folder)
        cls.certificate = cls.certificates.issue("smtp.example.test")

    def relay(self, **more):
        return self.enterContext(Relay(0, self.certificate, **more))

    def client(self, relay, **more):
        client = self.enterContext(NullClient(self.certificates, relay.port, **more))
        complaint = client.start()
        self.assertIsNone(complaint)
        return client

    def test_three_lines_are_enough(self):
        file = pathlib.Path(self.folder) / "three.toml"
        file.write_text(LINES)
        done = run("config", "check", file)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("[[listener]]", run("config", "show", "--effective", "--config", file).stdout)

    def test_what_programs_send_reaches_the_relay(self):
        relay = self.relay()
        client = self.client(relay, more='addresses.masquerade = ["example.test"]\n'
                                         'addresses.canonical = ["root@web1.example.test=sysmail@example.test"]\n')
        sendmail = str(client.names / "sendmail")
        programs = {
            "cron": ([sendmail, "-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"],
                     "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@web1> x\n\ndone\n"),
            "logwatch": ([sendmail, "-t"], LOGWATCH),
            "s-nail": (["s-nail", "-:/", f"-Smta={sendmail}", "-r", f"root@{HOST}", "-s", "from s-nail", "admin@example.test"], "x\n"),
            "bsd-mailx": (["bsd-mailx", "-s", "from mailx", "admin@example.test"], "x\n"),
            "mutt": (["mutt", "-n", "-F", "/dev/null", "-e", f"set sendmail='{sendmail} -oem -oi'", "-e", "unset record",
                      "-e", f"set from=cron@{HOST}", "-e", "set use_from", "-s", "from mutt", "admin@example.test"], "x\n"),
        }
        for name, (command, text) in programs.items():
            if shutil.which(command[0]) is None:
                continue
            with self.subTest(name):
                done = client.run_as(*command, text=text)
                self.assertEqual(done.returncode, 0, done.stderr)
                mail, recipients, data = relay.next()
                self.assertRegex(mail, r"^MAIL FROM:<[^@]+@example\.test>")
                message = email.message_from_bytes(data, policy=email.policy.default)
                self.assertEqual(message["From"].addresses[0].domain, "example.test")
                self.assertIsNotNone(message["Date"])
                if name in ("cron", "logwatch"):
                    self.assertEqual(recipients, ["RCPT TO:<sysmail@example.test>"])
                if name == "cron":
                    self.assertTrue(mail.startswith("MAIL FROM:<sysmail@example.test>"), mail)
                    self.assertIn("root", message["X-Original-From"])

    def deferred(self, client, *words):
        self.assertEqual(client.run_as("sendmail", "admin@example.test", text="Subject: x\n\n").returncode, 0)
        line = client.fate()
        waiting = client.run_as("mailq").stdout.decode()
        for word in ("fate=deferred", *words):
            self.assertIn(word, line)
        self.assertIn("admin@example.test", waiting)
        test = client.ask("relay", "test")
        self.assertEqual(test.returncode, 1, test.stdout)
        self.assertIn("FAILED", test.stdout)
        return test.stdout

    def test_a_wrong_password_is_told_and_the_mail_waits(self):
        relay = self.relay(auth=[b"535 5.7.8 who are you\r\n"] * 9)
        told = self.deferred(self.client(relay), "535 5.7.8 who are you")
        self.assertIn("535 5.7.8 who are you", told)

    def test_a_password_that_is_set_right_is_used_at_once(self):
        relay = self.relay(auth=[b"535 5.7.8 who are you\r\n"])
        client = self.client(relay)
        self.assertEqual(client.run_as("sendmail", "admin@example.test", text="Subject: x\n\n").returncode, 0)
        self.assertIn("fate=deferred", client.fate())
        good = client.ask("relay", "test", "--to", "admin@example.test")
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        for words in ("connected to smtp.example.test", "the server greets", "TLS: ", "logged in as web1 by PLAIN",
                      "would take mail from <> for <admin@example.test>"):
            self.assertIn(words, good.stdout)
        self.assertEqual(client.run_as("sendmail", "-q").returncode, 0)
        self.assertIn(b"Subject: x", relay.next()[2])

    def test_without_tls_no_password_and_no_mail_is_sent(self):
        relay = self.relay(offer=False)
        self.deferred(self.client(relay), "TLS is required for this server, and it does not offer it")
        self.assertTrue(relay.messages.empty())

    def test_a_certificate_of_another_gets_nothing(self):
        relay = self.enterContext(Relay(0, self.certificates.issue("other.example.test")))
        self.assertIn("ostname mismatch", self.deferred(self.client(relay), "TLS failed"))

    def test_dns_that_fails_is_told(self):
        relay = self.relay()
        client = self.client(relay, dns="; !fail smtp.example.test. SERVFAIL\n")
        self.deferred(client, "DNS does not tell now the address of smtp.example.test")

    def test_a_server_that_does_not_run_is_told_by_the_exit_code(self):
        relay = self.relay()
        client = self.client(relay)
        client.stop()
        done = client.run_as("sendmail", "admin@example.test", text="Subject: x\n\n")
        self.assertEqual(done.returncode, os.EX_TEMPFAIL, done.stderr)
        self.assertEqual(done.stderr.count(b"\n"), 1)


if __name__ == "__main__":
    unittest.main()
