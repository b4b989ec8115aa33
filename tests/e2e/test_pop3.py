"""POP3 with real clients: Python's own, curl, fetchmail and mpop, over TLS from the start and by STLS."""

import os
import pathlib
import poplib
import shutil
import ssl
import subprocess
import tempfile
import unittest

from tests.e2e import clients
from tests.e2e.server import PATIENCE, Server

USER, PASSWORD = "taro@example.test", "secret"


class Pop3(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.tls = ssl.create_default_context(cafile=cls.server.env["MAIL_CA"])

    def setUp(self):
        """taro's INBOX holds two messages, one with dots at the begin of lines."""
        with clients.imap(self.server, USER) as imap:
            imap.select("INBOX")
            if imap.uid("SEARCH", "ALL")[1][0]:
                imap.store("1:*", "+FLAGS", "\\Deleted")
                imap.expunge()
        self.mails = [clients.message("first", "Hello\r\n", USER), clients.message("second", ".\r\n..x\r\n", USER)]
        for mail in self.mails:
            code, text = clients.send(self.server, mail, to=(USER,))
            self.assertEqual(code, 250, text)

    def log_in(self):
        pop = poplib.POP3_SSL("127.0.0.1", self.server.port("POP3S"), context=self.tls, timeout=PATIENCE)
        pop.user(USER)
        pop.pass_(PASSWORD)
        return pop

    def stored(self):
        """The messages as IMAP has them, byte for byte."""
        with clients.imap(self.server, USER) as imap:
            imap.select("INBOX", readonly=True)
            _, data = imap.uid("FETCH", "1:*", "(BODY.PEEK[])")
            return [part[1] for part in data if isinstance(part, tuple)]

    def test_poplib_reads_what_imap_has(self):
        pop = self.log_in()
        stored = self.stored()
        count, octets = pop.stat()
        self.assertEqual((count, octets), (2, sum(map(len, stored))))
        self.assertEqual([b"\r\n".join(pop.retr(n)[1]) + b"\r\n" for n in (1, 2)], stored)
        self.assertEqual(pop.list()[1], [b"%d %d" % (n, len(text)) for n, text in enumerate(stored, 1)])
        self.assertIn(b"Subject: second", pop.top(2, 0)[1])
        pop.quit()
        with clients.imap(self.server, USER) as imap:
            self.assertEqual(imap.status("INBOX", "(UNSEEN)")[1], [b"INBOX (UNSEEN 0)"])

    def test_names_stay_over_a_restart(self):
        pop = self.log_in()
        names = pop.uidl()[1]
        pop.quit()
        self.server.restart()
        pop = self.log_in()
        self.assertEqual(pop.uidl()[1], names)
        pop.quit()

    def test_deleted_messages_are_gone_after_quit_even_if_killed(self):
        pop = self.log_in()
        pop.dele(1)
        pop.quit()
        self.server.kill()
        self.server.start()
        pop = self.log_in()
        self.assertEqual(pop.stat()[0], 1)
        self.assertIn(b"Subject: second", pop.retr(1)[1])
        pop.quit()

    def test_stls_and_no_password_in_clear(self):
        pop = poplib.POP3("127.0.0.1", self.server.port("POP3"), timeout=PATIENCE)
        with self.assertRaises(poplib.error_proto) as refused:
            pop.user(USER)
        self.assertIn(b"[AUTH]", refused.exception.args[0])
        self.assertIn("STLS", pop.capa())
        pop.stls(self.tls)
        pop.user(USER)
        pop.pass_(PASSWORD)
        self.assertEqual(pop.stat()[0], 2)
        pop.quit()

    def test_curl(self):
        """With AUTH, which it prefers to USER; and with STLS."""
        for options in (f"pop3s://localhost:{self.server.port('POP3S')}/2",), \
                       ("--ssl-reqd", f"pop3://localhost:{self.server.port('POP3')}/2"):
            done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", str(PATIENCE), "--cacert",
                                   self.server.env["MAIL_CA"], "--user", f"{USER}:{PASSWORD}", *options],
                                  capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout, self.stored()[1])

    @unittest.skipUnless(shutil.which("fetchmail"), "fetchmail is not installed")
    def test_fetchmail_takes_all_and_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as home:
            self.run_fetchmail(pathlib.Path(home))

    def run_fetchmail(self, home):
        settings = home / "fetchmailrc"
        settings.touch(mode=0o600)
        settings.write_text(
            f'poll localhost service {self.server.port("POP3S")} protocol pop3 user "{USER}" password "{PASSWORD}" '
            f'ssl sslcertck sslcertfile "{self.server.env["MAIL_CA"]}" no rewrite fetchall '
            f'mda "cat >>{home}/inbox; echo --- >>{home}/inbox"\n')
        done = subprocess.run(["fetchmail", "--fetchmailrc", str(settings), "--nosyslog", "--pidfile", str(home / "pid")],
                              env=os.environ | {"HOME": str(home), "FETCHMAILHOME": str(home)}, capture_output=True,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((home / "inbox").read_text().count("\n---\n"), 2)
        self.assertEqual(self.stored(), [])

    @unittest.skipUnless(shutil.which("mpop"), "mpop is not installed")
    def test_mpop_takes_what_is_new(self):
        with tempfile.TemporaryDirectory() as home:
            self.run_mpop(pathlib.Path(home))

    def run_mpop(self, home):
        maildir = home / "mail"
        for part in ("cur", "new", "tmp"):
            (maildir / part).mkdir(parents=True)
        settings = home / "mpoprc"
        settings.touch(mode=0o600)
        settings.write_text(
            f"account test\nhost localhost\nport {self.server.port('POP3')}\ntls on\ntls_starttls on\n"
            f"tls_trust_file {self.server.env['MAIL_CA']}\nuser {USER}\npassword {PASSWORD}\nkeep on\n"
            f"delivery maildir {maildir}\nuidls_file {home}/uidls\nreceived_header off\n")
        for _ in range(2):  # the second time nothing is new
            done = subprocess.run(["mpop", f"--file={settings}", "test"], capture_output=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(len(list((maildir / "new").iterdir())), 2)


if __name__ == "__main__":
    unittest.main()
