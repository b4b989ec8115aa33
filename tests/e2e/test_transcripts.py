"""Every transcript again, over a socket against the whole server: SMTP in clear and IMAP."""

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

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--accounts", str(2 * len(paths("imap"))), "--allow-cleartext")
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

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


class ImapTranscripts(Over):
    pass




def add_tests():
    for number, path in enumerate(paths("smtp")):
        def play_smtp(self, path=path):
            variables = self.variables(0) | {"USER": "hanako@example.test", "USER2": "taro@example.test"}
            self.play(path, lambda: self.connect("SMTP"), variables)
        setattr(SmtpTranscripts, f"test_{path.stem.replace('-', '_')}", play_smtp)
    for number, path in enumerate(paths("imap")):
        def play_imap(self, path=path, number=number):
            self.play(path, lambda: self.connect("IMAP"), self.variables(number))
        setattr(ImapTranscripts, f"test_{path.stem.replace('-', '_')}", play_imap)


add_tests()
del Over

if __name__ == "__main__":
    unittest.main()
