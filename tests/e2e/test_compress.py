"""COMPRESS=DEFLATE (RFC 4978) against the whole server: Python's imaplib with zlib beneath it, over TLS from the start and
after STARTTLS; and what a client must not send."""

import imaplib
import ssl
import unittest
import zlib

from tests.e2e import clients
from tests.e2e.server import PATIENCE, Server

LARGE = b"Subject: large\r\n\r\n" + b"".join(b"line %d of a message that is worth it\r\n" % i for i in range(20_000))


class Packed:
    """Puts zlib beneath an imaplib client, and counts what goes over the line."""

    def __init__(self, client):
        status, text = client.xatom("COMPRESS", "DEFLATE")
        assert status == "OK", text
        self.client = client
        self.inflater = zlib.decompressobj(-15)
        self.deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
        self.buffer = bytearray()
        self.sent = self.received = 0
        client.read, client.readline, client.send = self.read, self.readline, self.send

    def deflate(self, data):
        return self.deflater.compress(data) + self.deflater.flush(zlib.Z_SYNC_FLUSH)

    def send(self, data):
        packed = self.deflate(data)
        self.sent += len(packed)
        self.client.sock.sendall(packed)

    def fill(self):
        """False when the server has closed."""
        try:
            data = self.client.sock.recv(65536)
        except (ConnectionError, ssl.SSLError):
            data = b""
        self.received += len(data)
        self.buffer += self.inflater.decompress(data)
        return bool(data)

    def take(self, size):
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    def read(self, size):
        while len(self.buffer) < size and self.fill():
            pass
        return self.take(size)

    def readline(self):
        while b"\n" not in self.buffer and self.fill():
            pass
        return self.take(self.buffer.find(b"\n") + 1)

    def last_words(self):
        """All that comes until the server closes."""
        while self.fill():
            pass
        return self.take(len(self.buffer))

    def send_raw(self, data):
        try:
            self.client.sock.sendall(data)
        except (ConnectionError, ssl.SSLError):
            pass  # the server may have heard enough


class Compress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def starttls(self):
        client = imaplib.IMAP4("localhost", self.server.port("IMAP"), timeout=PATIENCE)
        client.starttls(ssl.create_default_context(cafile=self.server.env["MAIL_CA"]))
        client.login("hanako@example.test", "secret")
        return client

    def both_ways(self, client, mailbox):
        packed = Packed(client)
        client.create(mailbox)
        self.assertEqual(client.append(mailbox, None, None, LARGE)[0], "OK")
        self.assertEqual(client.select(mailbox), ("OK", [b"1"]))
        _, data = client.fetch("1", "(BODY.PEEK[])")
        self.assertEqual(data[0][1], LARGE)
        self.assertLess(packed.sent, len(LARGE) / 4)
        self.assertLess(packed.received, len(LARGE) / 4)
        client.close()
        status, text = client.xatom("COMPRESS", "DEFLATE")
        self.assertEqual((status, text[0].split()[0]), ("NO", b"[COMPRESSIONACTIVE]"))

    def test_over_tls(self):
        with clients.imap(self.server) as client:
            self.both_ways(client, "tls")

    def test_after_starttls(self):
        with self.starttls() as client:
            self.both_ways(client, "starttls")

    def test_is_announced_between_login_and_its_use_only(self):
        context = ssl.create_default_context(cafile=self.server.env["MAIL_CA"])
        with imaplib.IMAP4_SSL("localhost", self.server.port("IMAPS"), ssl_context=context, timeout=PATIENCE) as client:
            self.assertNotIn("COMPRESS=DEFLATE", client.capabilities)
            with self.assertRaises(imaplib.IMAP4.error):
                client.xatom("COMPRESS", "DEFLATE")
            client.login("hanako@example.test", "secret")
            self.assertIn(b"COMPRESS=DEFLATE", client.capability()[1][0].split())
            Packed(client)
            self.assertNotIn(b"COMPRESS=DEFLATE", client.capability()[1][0].split())

    def test_idle_hears_of_a_delivery(self):
        with clients.imap(self.server) as client:
            packed = Packed(client)
            before = int(client.select("INBOX")[1][0])
            packed.send(b"i IDLE\r\n")
            self.assertTrue(packed.readline().startswith(b"+"))
            clients.send(self.server, clients.message("news"))
            self.assertEqual(packed.readline(), b"* %d EXISTS\r\n" % (before + 1))
            packed.send(b"DONE\r\n")
            while not (line := packed.readline()).startswith(b"i "):
                pass
            self.assertTrue(line.startswith(b"i OK"), line)

    def ends(self, data, farewell):
        """What `data`, sent raw after COMPRESS, leads to; others are served afterwards."""
        client = clients.imap(self.server)
        packed = Packed(client)
        packed.send_raw(data(packed))
        self.assertEqual(packed.last_words(), farewell)
        client.shutdown()
        with clients.imap(self.server) as other:
            self.assertEqual(other.noop()[0], "OK")

    def test_junk(self):
        self.ends(lambda packed: packed.deflate(b"n NOOP\r\n") + b"\xff" * 1000,
                  b"n OK Completed.\r\n* BYE The compressed data cannot be read.\r\n")

    def test_an_uncompressed_command(self):
        self.ends(lambda _: b"n NOOP\r\n" * 100, b"* BYE The compressed data cannot be read.\r\n")

    def test_the_end_of_the_stream(self):
        self.ends(lambda packed: packed.deflater.compress(b"n NOOP\r\n") + packed.deflater.flush(zlib.Z_FINISH),
                  b"n OK Completed.\r\n* BYE The compressed data cannot be read.\r\n")

    def test_a_bomb_in_a_command(self):
        self.ends(lambda packed: packed.deflate(b"b NOOP " + b"x" * 100_000_000),
                  b"* BYE [TOOBIG] The command is too long.\r\n")

    def test_a_bomb_in_a_message(self):
        self.ends(lambda packed: packed.deflate(b"b APPEND INBOX {100000000+}\r\n" + bytes(100_000_000)),
                  b"* BYE [TOOBIG] The message is larger than this server takes.\r\n")

    def test_a_bomb_that_is_not_too_large(self):
        # Fifty kilobytes over the line; what they stand for is read, as announced, and kept nowhere.
        with clients.imap(self.server) as client:
            packed = Packed(client)
            packed.send(b"b APPEND nowhere {50000000+}\r\n" + bytes(50_000_000) + b"\r\nn NOOP\r\n")
            self.assertLess(packed.sent, 100_000)
            self.assertEqual(packed.readline(), b"b NO [TRYCREATE] There is no such mailbox.\r\n")
            self.assertEqual(packed.readline(), b"n OK Completed.\r\n")


if __name__ == "__main__":
    unittest.main()
