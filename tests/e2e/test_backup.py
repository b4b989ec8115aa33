"""Backups of a server at work: whole, with all that was acknowledged before they began, and of use afterwards."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from tests.e2e import clients, load
from tests.e2e.server import BINARY, PATIENCE, Server


def yubin(*arguments):
    """A command that needs no server."""
    return subprocess.run([BINARY, *map(str, arguments)], text=True, capture_output=True, timeout=PATIENCE)


def snapshot(ledger):
    copy = load.Ledger()
    with ledger.lock:
        copy.acknowledged = dict(ledger.acknowledged)
    return copy


def wait_for(ledger, count, threads):
    while len(ledger.acknowledged) < count and any(thread.is_alive() for thread in threads):
        threads[0].join(0.01)


class Backup(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="yubin-backup-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.backups = self.folder / "demo" / "backups"

    def good(self, result):
        self.assertEqual(result.returncode, 0, result.stderr + result.stdout)
        return result.stdout

    def create(self, server):
        return json.loads(self.good(server.run("--json", "backup", "create", str(self.backups))))

    def listed(self):
        return json.loads(self.good(yubin("--json", "backup", "list", self.backups)))["backups"]

    def test_one_made_under_load_holds_all_that_was_acknowledged_before(self):
        ledger = load.Ledger()
        with Server(directory=self.make("demo")) as server:
            threads = load.run(server, ledger, "backup")
            before = []
            for count in (30, 60):
                wait_for(ledger, count, threads)
                before.append(snapshot(ledger))
                made = self.create(server)
            server.kill()
            for thread in threads:
                thread.join(PATIENCE)
        self.assertIsNotNone(made["base"])
        self.assertLess(made["copied"], made["bytes"])
        for backup, acknowledged in zip(self.listed(), before):
            self.assertTrue(backup["whole"])
            self.assertIn("whole", self.good(yubin("backup", "verify", backup["path"])))
            directory = self.make("restored-" + backup["id"])
            self.good(yubin("backup", "restore", backup["path"], "--to", directory / "store"))
            with Server(directory=directory) as server:
                self.assertEqual(load.missing(server, acknowledged), [])
                self.assertIn("sound", self.good(server.run("store", "verify")))

    def make(self, name):
        directory = self.folder / name
        directory.mkdir()
        return directory

    def test_a_deleted_message_comes_back_to_its_folder(self):
        with Server(directory=self.make("demo")) as server:
            mail = clients.message("precious", message_id="<precious@client.example>")
            clients.send(server, mail)
            client = clients.imap(server)
            client.create("Projects")
            client.select("INBOX")
            uid = client.uid("SEARCH", "HEADER", "Message-ID", "precious")[1][0].decode()
            client.uid("STORE", uid, "+FLAGS", r"(\Flagged $Work)")
            client.uid("MOVE", uid, "Projects")
            self.create(server)
            client.select("Projects")
            before = client.fetch("1", "(INTERNALDATE RFC822.SIZE BODY.PEEK[])")[1][0]
            client.store("1", "+FLAGS", r"\Deleted")
            client.expunge()

            restore = ["backup", "restore", str(self.backups), "--account", "hanako@example.test"]
            one = [*restore, "--mailbox", "Projects", "--message-id", "<precious@client.example>"]
            self.assertIn("1 messages brought back, 0 still there", self.good(server.run(*one)))
            self.assertIn("0 messages brought back, 1 still there", self.good(server.run(*one)))
            client.select("Projects")
            after = client.fetch("1", "(INTERNALDATE RFC822.SIZE BODY.PEEK[])")[1][0]
            self.assertEqual(after, before)
            flags = client.fetch("1", "FLAGS")[1][0].decode()
            self.assertIn(r"\Flagged", flags)
            self.assertIn("$Work", flags)
            self.assertNotIn(r"\Deleted", flags)
            # All of the account: nothing is missing.
            self.assertIn("0 messages brought back", self.good(server.run(*restore)))
            client.store("1", "+FLAGS", r"\Deleted")
            client.expunge()
            self.assertIn("1 messages brought back", self.good(server.run(*one, "--into", "Restored")))
            self.assertEqual(clients.message_ids(client, "Restored/Projects"), ["<precious@client.example>"])
            client.logout()
            changes = self.good(server.run("trace", "--kind", "change"))
            self.assertIn("backup made", changes)
            self.assertIn("brought back", changes)

    def test_the_server_writes_backups_in_one_place_only(self):
        with Server(directory=self.make("demo")) as server:
            for elsewhere in (self.folder / "elsewhere", self.backups / ".." / "store", f"{self.backups}-2"):
                refused = server.run("backup", "create", str(elsewhere))
                self.assertEqual(refused.returncode, 1)
                self.assertIn(f"is not below {self.backups}", refused.stderr)
            self.good(server.run("backup", "create", f"{self.backups}/"))
            self.good(server.run("backup", "create", str(self.backups / "weekly" / "odd")))

    def test_kill_9_during_one_leaves_nothing_that_passes_for_whole(self):
        ledger = load.Ledger()
        with Server(directory=self.make("demo")) as server:
            threads = load.run(server, ledger, "killed")
            wait_for(ledger, 60, threads)
            command = [BINARY, "--socket", server.env["ADMIN_SOCKET"], "backup", "create", str(self.backups)]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as create:
                while create.poll() is None and not list(self.backups.glob("unfinished-*")):
                    threads[0].join(0.001)
                server.kill()
                create.wait(PATIENCE)
            for thread in threads:
                thread.join(PATIENCE)
            for backup in self.listed():
                result = yubin("backup", "verify", backup["path"])
                self.assertEqual(result.returncode == 0, backup["whole"], result.stdout + result.stderr)
            server.start()
            self.assertEqual(load.missing(server, ledger), [])
            self.create(server)
            self.assertTrue(self.listed()[-1]["whole"] or self.listed()[0]["whole"])
            self.good(yubin("backup", "verify", self.backups))

    def test_a_store_that_no_server_uses(self):
        directory = self.make("demo")
        with Server(directory=directory) as server:
            busy = yubin("backup", "create", self.backups, "--store", directory / "store")
            self.assertEqual(busy.returncode, 1)
            self.assertIn("in use by another server", busy.stderr)
            self.assertEqual(server.stop(), 0)
        self.good(yubin("backup", "create", self.backups, "--store", directory / "store"))
        self.good(yubin("backup", "verify", self.backups))
        self.assertIn("bytes", self.good(yubin("backup", "show", self.backups)))
        refused = yubin("backup", "restore", self.backups, "--to", directory / "store")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("is not empty", refused.stderr)


if __name__ == "__main__":
    unittest.main()
