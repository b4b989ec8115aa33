"""Reports of others: mail to the addresses that the server reads itself, and the page that comes of it. The mails are the
seeds of report_documents_fuzz: shapes of real reporters, wrong labels, bombs, duplicates."""

import json
import pathlib
import smtplib
import time
import unittest

from tests.e2e import clients
from tests.e2e.server import PATIENCE, ROOT, Server

MAILS = ROOT / "tests" / "corpus" / "report_documents_fuzz"
# What goes to the postmaster: it cannot be opened, or there is nothing in it.
UNREADABLE = {"gzip_bomb.eml", "zip_bomb.eml", "entity_bomb.eml", "truncated_gzip.eml", "no_report.eml"}
TLS = {"tls_gzip.eml": "2026-11-21T00:00:00Z_example.test", "tls_json.eml": "tls-2"}
WINDOW = ["--domain", "example.test", "--from", "2026-11-20", "--to", "2026-11-22"]


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.mails = sorted(MAILS.glob("*.eml"))
        for mail in cls.mails:
            cls.send(mail)
        cls.send(MAILS / "google.eml")  # once more
        cls.wait_until_read(len(cls.mails) + 1)

    @classmethod
    def send(cls, mail):
        to = "tls-reports@example.test" if mail.name in TLS else "dmarc-reports@example.test"
        with clients.smtp(cls.server) as client:
            client.sendmail("reporter@reporter.example", [to], mail.read_bytes())

    @classmethod
    def entries(cls):
        return json.loads(cls.server.run("--json", "trace", "--kind", "delivery", "--limit", "1000").stdout)["entries"]

    @classmethod
    def wait_until_read(cls, count):
        end = time.monotonic() + PATIENCE
        while len(cls.entries()) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{len(cls.entries())} of {count} were read")

    def report(self, *arguments):
        result = self.server.run(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_each_report_counts_once(self):
        page = json.loads(self.report("--json", "report", "dmarc", *WINDOW))
        # Six shapes and UTF-16, ten labels and containers, two in one archive; the duplicate and the second sending
        # count for nothing.
        self.assertEqual(page["reports"], 7 + 10 + 2)
        of_google = 44 * (1 + 10 + 2)
        self.assertEqual(page["passed"] + page["failed"], of_google + 9 + 13 + 5 + 13 + 2 + 13)
        self.assertEqual(page["reporters"]["郵便通信株式会社"], 26)
        self.assertEqual(page["failure_reports"], 1)
        standing = {source["address"]: source["standing"] for source in page["sources"]}
        self.assertEqual(standing["192.0.2.25"], "ours")
        self.assertEqual(standing["203.0.113.9"], "unknown")
        self.assertEqual(standing["198.51.100.77"], "forwarder")

    def test_other_days_are_empty(self):
        page = json.loads(self.report("--json", "report", "dmarc", "--domain", "example.test", "--from", "2026-10-01",
                                      "--to", "2026-10-31"))
        self.assertEqual((page["reports"], page["sources"]), (0, []))

    def test_pages_for_people(self):
        self.assertIn("| ours | 192.0.2.25 |", self.report("report", "dmarc", *WINDOW))
        html = self.report("report", "dmarc", *WINDOW, "--html", "--lang", "ja")
        self.assertIn("<svg", html)
        self.assertIn("このドメインを名乗る送信元", html)
        self.assertIn("certificate-expired", self.report("report", "tls", *WINDOW))

    def test_reports_on_tls(self):
        page = json.loads(self.report("--json", "report", "tls", *WINDOW))
        self.assertEqual((page["reports"], page["good"], page["bad"]), (2, 24, 4))

    def test_what_cannot_be_read_is_in_the_postmasters_mailbox_and_the_journal_says_why(self):
        with clients.imap(self.server) as imap:
            imap.select("INBOX", readonly=True)
            _, found = imap.search(None, "FROM", "noreply@a.example")
            _, cut = imap.search(None, "HEADER", "Message-ID", "cut-1@a.example")
        self.assertEqual(len(found[0].split()), len(UNREADABLE))
        self.assertEqual(len(cut[0].split()), 1)
        reasons = [recipient["detail"] for entry in self.entries() for recipient in entry["recipients"]
                   if "no report that could be read" in recipient["detail"]]
        self.assertEqual(len(reasons), len(UNREADABLE))
        self.assertEqual(sum("unpacks to more than" in reason for reason in reasons), 2)
        self.assertEqual(sum("document type" in reason for reason in reasons), 1)

    def test_a_domain_that_is_not_ours_has_no_reports(self):
        result = self.server.run("report", "dmarc", "--domain", "stranger.example")
        self.assertEqual(result.returncode, 1)
        self.assertIn("not a domain of this server", result.stderr)

    def test_other_names_are_refused_as_before(self):
        with clients.smtp(self.server) as client, self.assertRaises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@b.example", ["reports@example.test"], b"Subject: x\r\n\r\n")


if __name__ == "__main__":
    unittest.main()
