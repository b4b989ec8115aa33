"""A disk that fills up: new mail is put off, all else goes on, and service comes back by itself when there is room."""

import hashlib
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from tests.e2e import clients
from tests.e2e.server import BINARY, Server

MEGABYTE = 1024 * 1024
BODY = "All work and no play makes Jack a dull boy.\r\n" * 200


class SmallDisk:
    """A file system of 160 MB in memory; skips the test where mounting is refused."""

    def __init__(self, test):
        self.directory = tempfile.TemporaryDirectory(prefix="yubin-disk-")
        self.path = pathlib.Path(self.directory.name)
        mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "yubin-test", str(self.path)]
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.directory.cleanup()
            test.skipTest(f"cannot mount a small file system: {mounted.stderr.strip()}")
        test.addCleanup(self.close)

    def fill(self, leave):
        """Writes until only so many bytes are left; 0: none."""
        with open(self.path / "ballast", "ab") as ballast:
            while True:
                free = self.free()
                if free <= leave:
                    return
                try:
                    ballast.write(b"x" * min(MEGABYTE, free - leave))
                    ballast.flush()
                except OSError:
                    return

    def free(self):
        status = os.statvfs(self.path)
        return status.f_bavail * status.f_frsize

    def empty(self):
        (self.path / "ballast").unlink()

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.path)], check=True)

    def close(self):
        subprocess.run(["umount", str(self.path)], check=False)
        self.directory.cleanup()


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.disk = SmallDisk(self)
        self.sent = {}

    def deliver(self, server, number):
        """The reply; what was acknowledged is remembered by its content."""
        mail = clients.message(f"number {number}", BODY, message_id=f"<{number}@full.example>")
        code, text = clients.send(server, mail)
        if code == 250:
            self.sent[f"<{number}@full.example>"] = hashlib.sha256(BODY.encode()).hexdigest()
        return f"{code} {text}"

    def check_all_present(self, server):
        client = clients.imap(server)
        client.select("INBOX", readonly=True)
        status, data = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)] BODY.PEEK[TEXT])")
        self.assertEqual(status, "OK")
        parts = [part[1] for part in data if isinstance(part, tuple)]
        found = {}
        for header, text in zip(parts[0::2], parts[1::2]):
            name = re.search(rb"<[^>]*>", header)
            found[name.group().decode()] = hashlib.sha256(text).hexdigest()
        for name, digest in self.sent.items():
            self.assertEqual(found.get(name), digest, name)
        client.logout()

    def test_new_mail_is_put_off_and_all_else_goes_on(self):
        with Server(directory=self.disk.path) as server:
            for number in range(20):
                self.assertIn("250", self.deliver(server, number))
            self.disk.fill(leave=10 * MEGABYTE)
            self.assertRegex(self.deliver(server, "low"), r"^452 4\.3\.1 ")
            client = clients.imap(server)
            status, data = client.append("INBOX", None, None, b"Subject: no\r\n\r\nroom\r\n")
            self.assertEqual(status, "NO")
            self.assertIn(b"no room", data[0])
            client.select("INBOX")
            self.assertEqual(client.uid("FETCH", "1", "(BODY.PEEK[])")[0], "OK")
            status, data = client.uid("SEARCH", "SUBJECT", '"number 7"')
            self.assertEqual(status, "OK")
            self.assertEqual(client.uid("STORE", data[0].decode(), "+FLAGS", "(\\Deleted)")[0], "OK")
            self.assertEqual(client.uid("EXPUNGE", data[0].decode())[0], "OK")
            del self.sent["<7@full.example>"]
            client.logout()
            self.disk.empty()
            self.assertIn("250", self.deliver(server, "after"))
            self.check_all_present(server)

    def test_filled_to_the_brim_and_freed_nothing_is_lost_and_no_restart_is_needed(self):
        with Server(directory=self.disk.path) as server:
            for number in range(10):
                self.assertIn("250", self.deliver(server, number))
            self.disk.fill(leave=0)
            self.assertRegex(self.deliver(server, "full"), r"^452 4\.3\.1 ")
            client = clients.imap(server)
            client.select("INBOX")
            for _ in range(20):  # until the log of the store has met the end of the disk
                if client.uid("STORE", "1:*", "FLAGS", "(\\Seen \\Flagged)")[0] == "NO":
                    break
            self.assertEqual(client.uid("FETCH", "1", "(BODY.PEEK[])")[0], "OK")
            self.disk.empty()
            self.assertEqual(client.uid("STORE", "1:*", "+FLAGS", "(\\Flagged)")[0], "OK")
            client.logout()
            self.assertIn("250", self.deliver(server, "after"))
            self.check_all_present(server)
            server.stop()
            server.start()
            self.check_all_present(server)

    def test_a_read_only_disk_and_a_second_server_are_each_named_in_a_sentence(self):
        with Server(directory=self.disk.path) as server:
            second = Server(directory=self.disk.path)
            with self.assertRaisesRegex(RuntimeError, "in use by another server"):
                second.start()
            second.kill()
            self.assertIn("250", self.deliver(server, 1))
            server.stop()
            self.disk.remount("ro")
            self.assertIn("cannot write into", self.failing_start(server))
            self.disk.remount("rw")
            server.start()
            self.check_all_present(server)

    def failing_start(self, server):
        """What a server says that does not start; its log cannot be on the disk."""
        command = [BINARY, "demo", "--dir", str(server.directory), "--base-port", str(server.base_port)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(ended.returncode, 1)
        return ended.stderr


if __name__ == "__main__":
    unittest.main()
