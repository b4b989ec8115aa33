"""sendmail, mailq and newaliases: this binary by other names, as programs call it."""

import os
import shutil
import socket
import subprocess
import sys
import unittest

from tests.e2e.peer import Peer
from tests.e2e.server import BINARY, PATIENCE, free_port
from tests.e2e.test_outgoing import ADMIN, DEAD, PEER, Sender, wait_for

HOST = "mx.sender.test"
CRON = """From: root (Cron Daemon)
To: root
Subject: Cron <root@host> backup
Auto-Submitted: auto-generated

disk full: 日本語
.
the end
"""


class Sendmail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.sender = cls.enterClassContext(Sender(cls.port, first_retry="1h"))
        cls.sender.serve()
        cls.names = cls.sender.folder / "bin"
        cls.names.mkdir()
        for name in ("sendmail", "mailq", "newaliases"):
            (cls.names / name).symlink_to(os.path.abspath(BINARY))
        cls.aliases = cls.sender.folder / "aliases"
        cls.aliases.write_text(f"team: {ADMIN}, far@peer.test\nloop: loop2\nloop2: loop\nprogram: |/bin/cat\n")
        cls.environment = dict(os.environ, YUBIN_SUBMIT_SOCKET=str(cls.sender.socket.parent / "submit.sock"),
                               ADMIN_SOCKET=str(cls.sender.socket), YUBIN_ALIASES=str(cls.aliases),
                               YUBIN_MAILNAME="/nonexistent", PATH=f"{cls.names}:{os.environ['PATH']}")

    def run_as(self, name, *arguments, text=""):
        return subprocess.run([self.names / name, *arguments], input=text.encode(), env=self.environment,
                              capture_output=True, timeout=PATIENCE)

    def inbox(self):
        imap = self.sender.imap()
        self.addCleanup(imap.logout)
        return imap, int(imap.select("INBOX")[1][0]) + 1

    def test_the_server_is_asked_only_when_the_whole_message_is_here(self):
        with socket.socket(socket.AF_UNIX) as listening:
            path = self.sender.folder / "late.sock"
            listening.bind(str(path))
            listening.listen()
            listening.setblocking(False)
            program = subprocess.Popen([self.names / "sendmail", ADMIN], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env=dict(self.environment, YUBIN_SUBMIT_SOCKET=str(path)))
            with program:
                program.stdin.write(b"Subject: slow\n\n" + b"a line of a job that runs for hours\n" * 30000)
                program.stdin.flush()  # more than a pipe holds, so nearly all of it has been read
                with self.assertRaises(BlockingIOError):
                    listening.accept()
                program.stdin.close()
                listening.settimeout(PATIENCE)
                listening.accept()[0].close()
                self.assertEqual(program.wait(PATIENCE), os.EX_TEMPFAIL)

    def test_what_cron_writes_reaches_who_gets_postmasters_mail(self):
        imap, count = self.inbox()
        done = self.run_as("sendmail", "-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root", text=CRON)
        self.assertEqual(done.returncode, 0, done.stderr)
        message = wait_for(imap, count)
        self.assertEqual(message["Subject"], "Cron <root@host> backup")
        self.assertEqual(message["From"].addresses[0].addr_spec, f"root@{HOST}")
        self.assertIn("日本語\n.\nthe end", message.get_payload(decode=True).decode().replace("\r", ""))
        self.assertIn(f"(from uid={os.getuid()})", message["Received"])
        self.assertIsNotNone(message["Message-ID"])
        self.assertIsNotNone(message["Date"])
        self.assertEqual(message["Return-Path"], f"<root@{HOST}>")

    def test_the_machines_mailname_is_used_if_it_is_a_domain(self):
        for written, domain in (("mail.sender.test\n", "mail.sender.test"), ("vm\n", HOST), ("", HOST)):
            with self.subTest(written):
                mailname = self.sender.folder / "mailname"
                mailname.write_text(written)
                imap, count = self.inbox()
                done = subprocess.run([self.names / "sendmail", "-f", "root", ADMIN], input=b"Subject: x\n\n", timeout=PATIENCE,
                                      env={**self.environment, "YUBIN_MAILNAME": str(mailname)}, capture_output=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(wait_for(imap, count)["Return-Path"], f"<root@{domain}>")

    def test_without_i_a_dot_ends_the_message_and_aliases_lead_anywhere(self):
        imap, count = self.inbox()
        with Peer(PEER, self.port) as peer:
            done = self.run_as("sendmail", "-f", ADMIN, "team", text="Subject: dotted\n\nbefore\n.\nafter\n")
            self.assertEqual(done.returncode, 0, done.stderr)
            mail, recipients, data = peer.next()
            self.assertEqual((mail.split()[1], recipients), (f"FROM:<{ADMIN}>", ["RCPT TO:<far@peer.test>"]))
            self.assertTrue(data.endswith(b"before\r\n"), data)
        self.assertEqual(wait_for(imap, count)["Subject"], "dotted")

    def test_says_what_is_wrong_by_its_exit_code(self):
        self.assertEqual(self.run_as("sendmail", "nobody@sender.test", text="x").returncode, os.EX_NOUSER)
        self.assertEqual(self.run_as("sendmail", text="Subject: x\n\n").returncode, os.EX_USAGE)
        self.assertEqual(self.run_as("sendmail", "-Z").returncode, os.EX_USAGE)
        self.assertEqual(self.run_as("sendmail", "-bd").returncode, os.EX_USAGE)
        self.assertEqual(self.run_as("sendmail", "loop", text="x").returncode, os.EX_CONFIG)
        self.assertEqual(self.run_as("sendmail", "program", text="x").returncode, os.EX_NOPERM)
        injected = self.run_as("sendmail", "a@peer.test>\r\nDATA", text="x")
        self.assertEqual(injected.returncode, os.EX_USAGE, injected.stderr)
        for done in (self.run_as("sendmail", "nobody@sender.test", text="x"), self.run_as("sendmail", "-Z")):
            self.assertTrue(done.stderr.startswith(b"sendmail: "))
            self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_verifies_addresses(self):
        done = self.run_as("sendmail", "-bv", "team", "nobody@sender.test")
        self.assertEqual(done.returncode, os.EX_NOUSER)
        self.assertIn(f"{ADMIN}: 250", done.stdout.decode())
        self.assertIn("nobody@sender.test: 550 5.1.1", done.stdout.decode())

    def test_mailq_shows_what_waits_and_q_tries_it(self):
        self.assertEqual(self.run_as("sendmail", "a@later.test", text="Subject: late\n\n").returncode, 0)
        while b"deferred" not in (listed := self.run_as("mailq").stdout):
            self.assertIn(b"a@later.test", listed)
        self.assertEqual(listed, self.run_as("sendmail", "-bp").stdout)
        with Peer(DEAD, self.port) as peer:
            self.assertEqual(self.run_as("sendmail", "-q").returncode, 0)
            self.assertIn(b"Subject: late", peer.next()[2])

    def test_newaliases_checks_the_table(self):
        self.assertEqual(self.run_as("newaliases").returncode, 0)
        wrong = self.sender.folder / "wrong"
        wrong.write_text("a: b\nnonsense\n")
        done = subprocess.run([self.names / "newaliases"], env={**self.environment, "YUBIN_ALIASES": str(wrong)},
                              capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, os.EX_DATAERR)
        self.assertIn(b"line 2", done.stderr)

    def test_speaks_smtp_on_its_standard_streams(self):
        imap, count = self.inbox()
        dialogue = f"EHLO x\r\nMAIL FROM:<{ADMIN}>\r\nRCPT TO:<{ADMIN}>\r\nDATA\r\nSubject: by hand\r\n\r\nx\r\n.\r\nQUIT\r\n"
        done = self.run_as("sendmail", "-bs", text=dialogue)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith(b"220 "), done.stdout)
        self.assertIn(b"354 ", done.stdout)
        self.assertEqual(wait_for(imap, count)["Subject"], "by hand")

    def test_mail_programs_use_it(self):
        imap, count = self.inbox()
        programs = {"s-nail": ["s-nail", "-:/", f"-Smta={self.names}/sendmail", "-s", "from s-nail", ADMIN],
                    "mutt": ["mutt", "-n", "-F", "/dev/null", "-e", f"set sendmail='{self.names}/sendmail -oem -oi'", "-e",
                             "unset record", "-s", "from mutt", ADMIN],
                    "python": [sys.executable, "-c", "import subprocess, sys; sys.exit(subprocess.run(['sendmail', '-t', '-oi'], "
                               f"input='To: {ADMIN}\\nSubject: from python\\n\\nx\\n', text=True).returncode)"]}
        for name, command in programs.items():
            if shutil.which(command[0]) is None:
                continue
            with self.subTest(name):
                done = subprocess.run(command, input=b"Hello\n", env={**self.environment, "HOME": str(self.sender.folder)},
                                      capture_output=True, timeout=PATIENCE)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(wait_for(imap, count)["Subject"], f"from {name}")
                count += 1

    def test_the_journal_knows_who_sent(self):
        self.assertEqual(self.run_as("sendmail", ADMIN, text="Subject: x\n\n").returncode, 0)
        found = self.sender.ask("trace", "--service", "local").stdout
        self.assertIn(f"uid={os.getuid()}", found)


if __name__ == "__main__":
    unittest.main()
