"""`yubin store verify`: damage on the disk is found, named, and confined to the messages that it concerns."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from tests.e2e import clients
from tests.e2e.server import BINARY, PATIENCE, Server

MESSAGES = 12


def verify(directory, *options):
    return subprocess.run([BINARY, "store", "verify", "--dir", str(directory), *options], text=True,
                          capture_output=True, timeout=PATIENCE)


def deliver(server):
    """Messages whose bodies lie in a segment, for both accounts; `marker-N` stands in the rows too."""
    with clients.smtp(server) as client:
        client.ehlo()
        for number in range(MESSAGES):
            user = ("hanako", "taro")[number % 2]
            content = f"Subject: marker-{number:04} here\r\n\r\n" + "0123456789" * 1200 + "\r\n"
            client.sendmail("a@client.example", [f"{user}@example.test"], content)


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(bytes(data))


class StoreVerify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        with Server(directory=cls.folder.name) as server:
            deliver(server)
            # What it cannot open, it asks the server for.
            cls.asked = server.run("--json", "store", "verify", "--dir", str(server.directory / "store"), "--repair")
            cls.stat = server.run("--json", "store", "stat")
            # A checkpoint writes the rows from the log into table files.
            cls.saved = server.run("backup", "create", str(server.directory / "backups"))

    def setUp(self):
        self.copy = tempfile.TemporaryDirectory()
        self.addCleanup(self.copy.cleanup)
        self.store = pathlib.Path(self.copy.name) / "store"
        shutil.copytree(pathlib.Path(self.folder.name) / "store", self.store)

    def bodies_segment(self):
        return max((self.store / "bodies").glob("*.segment"), key=lambda path: path.stat().st_size)

    def expect_findings(self, result, expected, what):
        """`expected` findings, each naming a message of one account, and exit code 1."""
        self.assertEqual(result.returncode, 1, result)
        findings = json.loads(result.stdout)["findings"]
        self.assertEqual(len(findings), expected, findings)
        for finding in findings:
            self.assertRegex(finding, r'^account \d+: mailbox \d+ "INBOX": UID \d+: ')
            self.assertIn(what, finding)

    def test_running_server_is_asked(self):
        self.assertEqual(self.asked.returncode, 0, self.asked)
        self.assertIn("a server uses", self.asked.stderr)
        answer = json.loads(self.asked.stdout)
        self.assertEqual((answer["findings"], answer["repaired"]), ([], []))
        self.assertGreater(answer["bytes"], 5000 * MESSAGES)
        stat = json.loads(self.stat.stdout)
        self.assertEqual((stat["accounts"], stat["messages"]), (answer["accounts"], answer["messages"]))

    def test_sound_store(self):
        self.assertEqual(self.saved.returncode, 0, self.saved)
        result = verify(self.store)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"^2 accounts, \d+ messages, \d+ bodies with \d+ bytes read: sound$")
        self.assertEqual(verify(self.store, "--quick", "--bodies").returncode, 2)
        self.assertIn("holds no store", verify(self.store / "nowhere").stderr)

    def test_flipped_bit_in_a_segment(self):
        flip(self.bodies_segment(), 3000)
        self.expect_findings(verify(self.store, "--json"), 1, "the body cannot be read")
        self.assertEqual(verify(self.store, "--quick").returncode, 0)
        # Nothing can be derived from elsewhere, and nothing else is touched.
        self.expect_findings(verify(self.store, "--json", "--repair"), 1, "the body cannot be read")

    def test_torn_last_record_of_a_segment(self):
        segment = self.bodies_segment()
        segment.write_bytes(segment.read_bytes()[:-10])
        self.expect_findings(verify(self.store, "--json"), 1, "the segment is too short")

    def test_missing_segment(self):
        self.bodies_segment().unlink()
        result = verify(self.store, "--json")
        self.expect_findings(result, len(json.loads(result.stdout)["findings"]), "the body cannot be read")

    def test_flipped_bit_in_a_table_file(self):
        marker = b"marker-0000"
        table = next(path for path in (self.store / "rows").glob("*.sst") if marker in path.read_bytes())
        flip(table, table.read_bytes().index(marker))
        result = verify(self.store, "--json")
        self.assertEqual(result.returncode, 1, result)
        findings = json.loads(result.stdout)["findings"]
        self.assertTrue(any("cannot be read" in finding and table.name.split(".")[0] in finding for finding in findings),
                        findings)

    def test_torn_tail_of_the_log(self):
        for log in (self.store / "rows").glob("*.log"):
            log.write_bytes(log.read_bytes() + b"\x01\x02\x03")
        self.assertEqual(verify(self.store).returncode, 0)


if __name__ == "__main__":
    unittest.main()
