"""Ordinary IMAP clients against the whole server: mbsync in both directions, curl, Python's imaplib."""

import pathlib
import subprocess
import tempfile
import unittest

from tests.e2e.clients import imap, message
from tests.e2e.server import PATIENCE, Server

MBSYNC = """
IMAPStore server
Host localhost
Port {port}
User hanako@example.test
Pass secret
SSLType IMAPS
CertificateFile {ca}
SSLVersions TLSv1.3

MaildirStore local
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel all
Far :server:
Near :local:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
"""


class ImapClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def run_client(self, *command):
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def subjects(self, client, mailbox):
        client.select(mailbox, readonly=True)
        _, data = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        return sorted(part[1].decode().split(":", 1)[1].strip() for part in data if isinstance(part, tuple))

    def test_mbsync_both_ways(self):
        with tempfile.TemporaryDirectory() as name, imap(self.server) as client:
            folder = pathlib.Path(name)
            (folder / "mail").mkdir()
            settings = folder / "mbsyncrc"
            settings.write_text(MBSYNC.format(port=self.server.port("IMAPS"), ca=self.server.env["MAIL_CA"],
                                              folder=folder / "mail"))
            client.create("sync")
            for subject in ("one", "two"):
                client.append("sync", r"(\Seen)", None, message(subject).as_bytes())
            self.run_client("mbsync", "-c", str(settings), "all")
            local = folder / "mail" / "sync"
            files = sorted(local.glob("cur/*"))
            self.assertEqual(len(files), 2)

            # There: a new message, a flag, a message less. Here: a flag.
            (local / "new" / "1.local").write_bytes(message("three").as_bytes())
            first, second = files
            first.rename(first.with_name(first.name + "F"))
            gone = "one" if b"Subject: one" in second.read_bytes() else "two"
            second.unlink()
            self.run_client("mbsync", "-c", str(settings), "all")
            self.assertEqual(self.subjects(client, "sync"), sorted({"one", "two", "three"} - {gone}))
            _, flagged = client.uid("SEARCH", "FLAGGED")
            self.assertEqual(len(flagged[0].split()), 1)

            # What came through the client is here after another run, and nothing is there twice.
            client.append("sync", None, None, message("four").as_bytes())
            self.run_client("mbsync", "-c", str(settings), "all")
            self.run_client("mbsync", "-c", str(settings), "all")
            everything = [file.read_bytes() for file in local.glob("*/*") if file.parent.name in ("cur", "new")]
            self.assertEqual(len(everything), 3)
            self.assertEqual(len(self.subjects(client, "sync")), 3)

    def test_curl_reads_and_searches(self):
        url = f"imaps://localhost:{self.server.port('IMAPS')}/"
        curl = ("curl", "--silent", "--show-error", "--cacert", self.server.env["MAIL_CA"], "--user",
                "hanako@example.test:secret")
        with imap(self.server) as client:
            client.create("curl")
            client.append("curl", None, None, message("from curl", body="Hello\r\n").as_bytes())
        self.assertIn(b"INBOX", self.run_client(*curl, url))
        self.assertIn(b"Subject: from curl", self.run_client(*curl, url + "curl;UID=1"))
        self.assertIn(b"SEARCH 1", self.run_client(*curl, url + "curl?SUBJECT%20from"))

    def test_imaplib_enables_utf8(self):
        with imap(self.server) as client:
            # Before ENABLE: imaplib puts UTF8 ( into the literal itself, where it does not belong.
            client.create("&ZeVnLIqe-")
            status, data = client.append("&ZeVnLIqe-", None, None, message("件名").as_bytes())
            self.assertEqual(status, "OK", data)
            client.enable("UTF8=ACCEPT")
            self.assertEqual(client.select('"日本語"'), ("OK", [b"1"]))
            self.assertEqual(client.search(None, "SUBJECT", '"件名"'), ("OK", [b"1"]))

    def test_imaplib_resynchronizes(self):
        with imap(self.server) as client:
            client.create("resync")
            for subject in ("a", "b", "c"):
                client.append("resync", None, None, message(subject).as_bytes())
            client.enable("QRESYNC")
            client.select("resync")
            validity = client.response("UIDVALIDITY")[1][0].decode()
            known = client.response("HIGHESTMODSEQ")[1][0].decode()
            with imap(self.server) as other:
                other.select("resync")
                other.store("2", "+FLAGS", r"(\Deleted)")
                other.expunge()
            client.close()
            client._simple_command("SELECT", "resync", f"(QRESYNC ({validity} {known}))")
            self.assertEqual(client.response("VANISHED")[1], [b"(EARLIER) 2"])


if __name__ == "__main__":
    unittest.main()
