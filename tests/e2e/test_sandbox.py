"""What somebody who has taken over the server can do with it. A library that is loaded into it tries (faults/break_in.cpp)."""

import errno
import os
import pathlib
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from tests.e2e.clients import imap, message, send
from tests.e2e.installed import Installed
from tests.e2e.server import BINARY, PATIENCE, Server
from tests.e2e.test_front_door import SERVICES, login, unverified

SHIM = pathlib.Path(BINARY).parent / "tests" / "libbreak_in.so"
REFUSED = (errno.EACCES, errno.EPERM)


def attempts(text):
    """What the burglar wrote: an errno, or 0, for each thing that he tried."""
    lines = [line.split() for line in text.splitlines() if line.startswith("break-in: ")]
    return {line[1]: int(line[2]) for line in lines}


class BreakIn(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="yubin-burglar-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "secret").write_text("secret")
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listening.close)
        environment = mock.patch.dict(os.environ, BREAK_IN_READ=str(self.folder / "secret"),
                                      BREAK_IN_WRITE=str(self.folder / "new"),
                                      BREAK_IN_PORT=str(self.listening.getsockname()[1]))
        environment.start()
        self.addCleanup(environment.stop)

    def test_he_can_do_it_elsewhere(self):
        # Otherwise the next test shows nothing.
        done = subprocess.run([sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGUSR1)"],
                              env={**os.environ, "LD_PRELOAD": str(SHIM)}, capture_output=True, text=True, timeout=PATIENCE)
        tried = attempts(done.stderr)
        self.assertEqual({name: tried[name] for name in ("read", "write", "connect", "shell")},
                         {"read": 0, "write": 0, "connect": 0, "shell": 0})
        self.assertTrue((self.folder / "new").exists())

    def test_he_can_do_nothing_from_within_the_server(self):
        with Server(preload=SHIM) as server:
            sandbox = next(line for line in server.run("status").stdout.splitlines() if line.startswith("sandbox: "))
            if "files, connections" not in sandbox:
                self.skipTest("this kernel cannot restrict files and connections")
            server.process.send_signal(signal.SIGUSR1)
            while "break-in: done" not in server.read_log():
                self.assertIsNone(server.process.poll())
            tried = attempts(server.read_log())
            for name in ("shadow", "read", "write", "connect", "shell"):
                self.assertIn(tried[name], REFUSED, name)
            self.assertFalse((self.folder / "new").exists())
            # And the server goes on.
            self.assertEqual(send(server, message("after"))[0], 250)
            imap(server).logout()


class StillPossible(unittest.TestCase):
    """What the sandbox must not forbid."""

    def test_certificates_are_replaced(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            with Installed() as other:
                other.init()
                tls, new = server.config.parent / "tls", other.config.parent / "tls"
                for name in ("cert.pem", "key.pem"):
                    # As certbot does: another file by that name.
                    (tls / f"new-{name}").write_bytes((new / name).read_bytes())
                    (tls / f"new-{name}").rename(tls / name)
                expected = (new / "cert.pem").read_text()
            self.assertEqual(server.ask("reload").stdout, "reloaded, generation 2\n")
            self.assertIn(serving(server), expected)

    def test_a_certificate_behind_links(self):
        with Installed() as server:
            server.init()
            archive, live = server.folder / "archive", server.config.parent / "live"
            (server.config.parent / "tls").rename(archive)
            live.mkdir()
            for name in ("cert.pem", "key.pem"):
                (live / name).symlink_to(archive / name)
            server.config.write_text(server.config.read_text().replace("/tls/", "/live/"))
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            self.assertEqual(server.ask("reload").stdout, "reloaded, generation 2\n")

    def test_a_certificate_in_a_folder_that_was_not_named_at_the_start(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            elsewhere = server.folder / "elsewhere"
            elsewhere.mkdir()
            for name in ("cert.pem", "key.pem"):
                (elsewhere / name).write_bytes((server.config.parent / "tls" / name).read_bytes())
            server.config.write_text(server.config.read_text().replace(f"{server.config.parent}/tls", str(elsewhere)))
            refused = server.ask("reload")
            if "files" in server.ask("status").stdout.split("sandbox: ")[1].splitlines()[0]:
                self.assertIn("is closed to it: restart it", refused.stderr)
            login(server).logout()
            self.assertEqual(server.stop(), 0)
            self.assertIsNone(server.start())

    def test_backups_come_and_go(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            with smtplib.SMTP("127.0.0.1", server.base_port + 25, timeout=PATIENCE) as client:
                client.sendmail("a@client.example", ["admin@example.test"], b"Subject: kept\r\n\r\nHello\r\n")
            made = server.ask("backup", "create", f"{server.folder}/backups")
            self.assertEqual(made.returncode, 0, made.stderr)
            client = login(server)
            client.select("INBOX")
            client.store("1", "+FLAGS", r"\Deleted")
            client.expunge()
            back = server.ask("backup", "restore", f"{server.folder}/backups", "--account", "admin@example.test")
            self.assertIn("1 messages brought back", back.stdout, back.stderr)
            client.logout()


def serving(server):
    """The certificate in PEM that the server shows."""
    with socket.create_connection(("127.0.0.1", server.base_port + 993), timeout=PATIENCE) as plain:
        with unverified().wrap_socket(plain, server_hostname="mx.example.test") as secure:
            return ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True))


if __name__ == "__main__":
    unittest.main()
