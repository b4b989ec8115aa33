"""Listening sockets that are no ports of this process alone: a path for LMTP, and what systemd keeps over a restart."""

import array
import imaplib
import os
import smtplib
import socket
import ssl
import unittest
from unittest import mock

from tests.e2e.installed import Installed
from tests.e2e.server import PATIENCE
from tests.e2e.test_front_door import start_with_socket


class OnAPath(unittest.TestCase):
    def test_lmtp_delivers(self):
        with Installed() as server:
            self.assertEqual(server.init().returncode, 0)
            path = server.folder / "run" / "lmtp.sock"
            server.listen(("imaps", 993))
            server.config.write_text(server.config.read_text() + f'\n[[listener]]\nservice = "lmtp"\npath = "{path}"\n')
            self.assertIsNone(server.start())
            self.assertEqual(path.stat().st_mode & 0o777, 0o666)
            self.assertIn(str(path), server.ask("listeners").stdout)
            with smtplib.LMTP(str(path)) as lmtp:
                refused = lmtp.sendmail("a@elsewhere.test", ["admin@example.test", "nobody@example.test"],
                                        b"Subject: on a path\r\n\r\nx\r\n")
            self.assertEqual(list(refused), ["nobody@example.test"])
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with imaplib.IMAP4_SSL("127.0.0.1", server.base_port + 993, ssl_context=context, timeout=PATIENCE) as imap:
                imap.login("admin@example.test", server.password)
                imap.select()
                self.assertIn(b"on a path", imap.fetch("1", "BODY[]")[1][0][1])
            server.stop()
            self.assertFalse(path.exists())


class Kept(unittest.TestCase):
    """What sd_notify(3) says of FDSTORE, with this test in systemd's place."""

    def receive(self, manager):
        """Messages until READY=1: their texts and the descriptors that came along."""
        kept = {}
        dropped = []
        while True:
            rights = array.array("i")
            text, ancillary, _, _ = manager.recvmsg(4096, socket.CMSG_SPACE(rights.itemsize))
            lines = dict(line.split("=", 1) for line in text.decode().splitlines())
            for level, kind, data in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    rights.frombytes(data)
            if "FDSTORE" in lines:
                kept[lines["FDNAME"]] = socket.socket(fileno=rights[0])
            if "FDSTOREREMOVE" in lines:
                dropped.append(lines["FDNAME"])
            if "READY" in lines:
                return kept, dropped

    def test_listening_sockets_are_handed_over_for_the_next_start(self):
        with Installed() as server, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            self.assertEqual(server.init().returncode, 0)
            notify = str(server.folder / "notify")
            manager.bind(notify)
            os.chmod(notify, 0o666)
            manager.settimeout(PATIENCE)
            server.listen(("imaps", 993), ("mx", 25))
            self.assertIsNone(server.start(NOTIFY_SOCKET=notify))
            kept, dropped = self.receive(manager)
            names = [f"127.0.0.1.{server.base_port + port}" for port in (993, 25)]
            self.assertEqual((sorted(kept), dropped), (sorted(names), []))
            server.stop()
            # While nobody serves, who connects waits for the next server.
            with socket.create_connection(("127.0.0.1", server.base_port + 25), PATIENCE) as waiting:
                listening = kept[names[1]]
                self.assertEqual(listening.getsockname(), ("127.0.0.1", server.base_port + 25))
                with listening.accept()[0] as accepted:
                    self.assertEqual(accepted.getpeername(), waiting.getsockname())
            for each in kept.values():
                each.close()

    def test_a_socket_that_has_no_listener_any_more_is_dropped(self):
        with Installed() as server, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, \
                socket.socket() as handed:
            self.assertEqual(server.init().returncode, 0)
            notify = str(server.folder / "notify")
            manager.bind(notify)
            os.chmod(notify, 0o666)
            manager.settimeout(PATIENCE)
            handed.bind(("127.0.0.1", server.base_port + 143))
            handed.listen()
            server.listen(("mx", 25))
            with mock.patch.dict(os.environ, NOTIFY_SOCKET=notify):
                self.assertIsNone(start_with_socket(server, handed))
            kept, dropped = self.receive(manager)
            self.assertEqual(list(kept), [f"127.0.0.1.{server.base_port + 25}"])
            self.assertEqual(dropped, [f"127.0.0.1.{server.base_port + 143}"])
            for each in kept.values():
                each.close()


if __name__ == "__main__":
    unittest.main()
