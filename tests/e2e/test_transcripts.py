"""Every transcript again, over a socket against the whole server: SMTP, submission, LMTP, IMAP and POP3."""

import imaplib
import pathlib
import socket
import ssl
import unittest

from tests.e2e.server import PATIENCE, ROOT, Server
from tests.kit import transcript

TRANSCRIPTS = ROOT / "tests" / "transcripts"


def paths(protocol):
    return sorted((TRANSCRIPTS / protocol).glob("*.txt"))


class Over(unittest.TestCase):
    """A server for all transcripts of a class; each has two accounts of its own, empty."""

    options = ("--allow-cleartext",)

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server("--accounts", str(2 * len(paths("imap"))), *cls.options))

    def variables(self, number):
        domain = self.server.env["MAIL_DOMAIN"]
        return {"HOST": "mx.example.test", "DOMAIN": domain, "USER": f"user{2 * number + 1}@{domain}",
                "USER2": f"user{2 * number + 2}@{domain}", "PASS": "secret", "PASS2": "secret"}

    def tls_context(self):
        return ssl.create_default_context(cafile=self.server.env["MAIL_CA"])

    def connect(self, name):
        return socket.create_connection(("127.0.0.1", self.server.port(name)), timeout=PATIENCE)


    def play(self, path, connect, variables):
        try:
            transcript.run(str(path), connect, variables, self.tls_context())
        except transcript.Skipped as reason:
            self.skipTest(str(reason))


class SmtpTranscripts(Over):
    pass


class SubmissionTranscripts(Over):
    options = ()


class LmtpTranscripts(Over):
    pass


class ImapTranscripts(Over):
    pass


class ImapTranscriptsWithoutCleartextLogin(Over):
    options = ()


class ImapTranscriptsWithQuota(Over):
    def variables(self, number):
        variables = super().variables(number)
        self.server.run("account", "set", variables["USER"], "--quota", "4K", "--quota-messages", "3")
        return variables


class OverPop3(Over):
    def variables(self, number):
        """The messages of pop3/mail are put into USER's INBOX."""
        variables = super().variables(number)
        with imaplib.IMAP4("127.0.0.1", self.server.port("IMAP"), timeout=PATIENCE) as imap:
            imap.starttls(self.tls_context())
            imap.login(variables["USER"], variables["PASS"])
            for path in sorted((TRANSCRIPTS / "pop3" / "mail").iterdir()):
                imap.append("INBOX", "()", None, path.read_bytes().replace(b"\n", b"\r\n"))
        return variables


class Pop3Transcripts(OverPop3):
    pass


class Pop3TranscriptsWithoutCleartextLogin(OverPop3):
    options = ()


def add_tests(to, folder, service, fixed_accounts=False):
    for number, path in enumerate(paths(folder)):
        def play(self, path=path, number=number):
            variables = self.variables(number)
            if fixed_accounts:
                variables |= {"USER": "hanako@example.test", "USER2": "taro@example.test"}
            self.play(path, lambda: self.connect(service), variables)
        setattr(to, f"test_{path.stem.replace('-', '_')}", play)


add_tests(SmtpTranscripts, "smtp", "SMTP", fixed_accounts=True)
add_tests(SubmissionTranscripts, "submission", "SUBMISSION", fixed_accounts=True)
add_tests(LmtpTranscripts, "lmtp", "LMTP", fixed_accounts=True)
add_tests(ImapTranscripts, "imap", "IMAP")
add_tests(ImapTranscriptsWithoutCleartextLogin, "imap-clear", "IMAP")
add_tests(ImapTranscriptsWithQuota, "imap-quota", "IMAP")
add_tests(Pop3Transcripts, "pop3", "POP3")
add_tests(Pop3TranscriptsWithoutCleartextLogin, "pop3-clear", "POP3")
del Over, OverPop3

if __name__ == "__main__":
    unittest.main()
