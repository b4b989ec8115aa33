"""Reports of ours on other domains, DMARC and TLS: who gets one, what it says, and that a reader of reports (Yubin's own, and
Python's XML and JSON) reads it."""

import email
import email.policy
import gzip
import json
import smtplib
import time
import unittest
import xml.etree.ElementTree

from tests.e2e import clients, judged
from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE, Server
from tests.e2e.test_outgoing import ADMIN, Sender

HOST = "127.0.0.8"
# example.test is the domain that others write in the name of, and that wants reports: at home, at a collector that agrees,
# and at somebody who was never asked.
ZONE = f"""example.test. MX 10 in.example.test.
in.example.test. A {HOST}
example.test. TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.example.test. TXT "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.test,mailto:ext@collector.test,mailto:no@stranger.test"
example.test._report._dmarc.collector.test. TXT "v=DMARC1"
collector.test. MX 10 in.example.test.
stranger.test. MX 10 in.example.test.
_smtp._tls.example.test. TXT "v=TLSRPTv1; rua=mailto:tls-reports@example.test"
"""
MAIL = "From: a@example.test\nSubject: {}\n\nhello"


class ReportSending(unittest.TestCase):
    def setUp(self):
        self.peer = Peer(HOST, 0)
        self.addCleanup(self.peer.socket.close)
        self.sender = self.enterContext(Sender(self.peer.port))
        (self.sender.config.parent / "zone").write_text(ZONE)
        self.sender.config.write_text(self.sender.config.read_text() + judged.CONFIGURATION + f'''
[[listener]]
service = "mx"
address = "127.0.0.1:{self.sender.base_port + 25}"
''')
        self.sender.serve()

    def bring(self, ip):
        reply = judged.bring(self.sender.base_port + 25, MAIL.format(ip), ADMIN, "a@example.test", ip)
        self.assertTrue(reply.startswith("250"), reply)

    def reports(self, *wanted):
        """What the peer gets until these addresses have theirs: address -> (message as it came, its file). To others, too."""
        done = self.sender.ask("report", "send", "--today")
        self.assertEqual(done.returncode, 0, done.stderr)
        out = {}
        while not out.keys() >= set(wanted):
            _, recipients, data = self.peer.next()
            message = email.message_from_bytes(data, policy=email.policy.default)
            attached = next(message.iter_attachments())
            self.assertRegex(attached.get_filename(), r"^mx\.sender\.test!example\.test!\d+!\d+!.*\.gz$")
            out[recipients[0].split("<")[1].rstrip(">")] = (data, gzip.decompress(attached.get_content()))
        return out

    def read_by(self, server, to, data):
        """The report as a server for example.test gets it."""
        with clients.smtp(server) as client:
            client.sendmail("postmaster@sender.test", [to], data)
        kind = to.split("-")[0]
        deadline = time.monotonic() + PATIENCE
        while True:
            page = json.loads(server.run("--json", "report", kind, "--domain", "example.test").stdout)
            if page["reports"]:
                return page
            self.assertLess(time.monotonic(), deadline)

    def test_on_dmarc(self):
        for ip in ("192.0.2.9", "192.0.2.9", "198.51.100.7"):
            self.bring(ip)
        reports = self.reports("dmarc-reports@example.test", "ext@collector.test")
        self.assertNotIn("no@stranger.test", reports)
        data, file = reports["dmarc-reports@example.test"]
        self.assertEqual(file, reports["ext@collector.test"][1])
        root = xml.etree.ElementTree.fromstring(file)
        self.assertEqual(root.tag, "{urn:ietf:params:xml:ns:dmarc-2.0}feedback")
        text = lambda at, path: at.findtext("/".join("{*}" + name for name in path.split("/")))
        self.assertEqual(text(root, "policy_published/domain"), "example.test")
        self.assertEqual(text(root, "policy_published/p"), "reject")
        self.assertEqual(text(root, "report_metadata/org_name"), "sender.test")
        begin, end = (int(text(root, f"report_metadata/date_range/{name}")) for name in ("begin", "end"))
        self.assertEqual(begin % 86400, 0)
        self.assertLessEqual(end, time.time())
        rows = {text(one, "row/source_ip"): one for one in root.iterfind("{*}record")}
        self.assertEqual({ip: text(one, "row/count") for ip, one in rows.items()}, {"192.0.2.9": "2", "198.51.100.7": "1"})
        self.assertEqual({ip: text(one, "row/policy_evaluated/spf") for ip, one in rows.items()},
                         {"192.0.2.9": "pass", "198.51.100.7": "fail"})
        self.assertEqual(text(rows["192.0.2.9"], "identifiers/header_from"), "example.test")
        self.assertEqual(text(rows["198.51.100.7"], "auth_results/spf/result"), "fail")
        with Server() as reader:
            page = self.read_by(reader, "dmarc-reports@example.test", data)
        self.assertEqual((page["reports"], page["passed"], page["failed"]), (1, 2, 1))
        # Nothing is reported twice.
        self.assertEqual(self.sender.ask("report", "send", "--today").returncode, 0)
        self.bring("203.0.113.4")
        _, file = self.reports("ext@collector.test")["ext@collector.test"]
        self.assertNotIn(b"192.0.2.9", file)
        self.assertIn(b"203.0.113.4", file)

    def test_on_tls(self):
        self.sender.send(["a@example.test"])
        self.assertEqual(self.peer.next()[1], ["RCPT TO:<a@example.test>"])
        data, file = self.reports("tls-reports@example.test")["tls-reports@example.test"]
        report = json.loads(file)
        self.assertEqual(report["organization-name"], "sender.test")
        policy = report["policies"][0]
        self.assertEqual((policy["policy"]["policy-type"], policy["policy"]["policy-domain"]), ("no-policy-found", "example.test"))
        counted = policy["summary"]
        self.assertEqual(counted["total-successful-session-count"] + counted["total-failure-session-count"], 1)
        with Server() as reader:
            page = self.read_by(reader, "tls-reports@example.test", data)
        self.assertEqual((page["reports"], page["good"] + page["bad"]), (1, 1))

    def test_they_can_be_switched_off(self):
        self.sender.stop()
        config = self.sender.config.read_text().replace("[outgoing]\n", "[outgoing]\ntls_reports = false\n")
        self.sender.config.write_text(config + "\n[reports]\nsend_dmarc = false\n")
        self.sender.serve()
        self.bring("192.0.2.9")
        done = self.sender.ask("report", "send", "--today")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("this server sends no reports", done.stderr)


if __name__ == "__main__":
    unittest.main()
