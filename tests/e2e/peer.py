"""Another domain's SMTP server, as a test wants it: on an address of loopback, it says what it is told to."""

import queue
import socket
import ssl
import threading

from tests.e2e.server import PATIENCE


class Peer:
    """`answers` maps a command's verb to a list of replies that are used up in turn, and after that to its default.
    Replies: bytes to be sent, or None: the connection is closed. What came is in `messages`: (mail, recipients, data)."""

    DEFAULTS = {"EHLO": b"250-peer.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n", "DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n",
                ".": b"250 2.0.0 taken\r\n"}

    def __init__(self, address, port, greeting=b"220 peer.test ESMTP\r\n", **answers):
        self.greeting = greeting
        self.answers = {verb.upper().replace("END", "."): list(replies) for verb, replies in answers.items()}
        self.messages = queue.Queue()
        self.connections = 0
        self.socket = socket.create_server((address, port))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def reply(self, verb):
        left = self.answers.get(verb)
        return left.pop(0) if left else self.DEFAULTS.get(verb, b"250 ok\r\n")

    def serve(self, connection):
        with connection:
            connection.settimeout(PATIENCE)
            try:
                connection.sendall(self.greeting)
                self.talk(connection, connection.makefile("rb"))
            except OSError:
                pass

    def talk(self, connection, lines):
        mail, recipients = None, []
        for line in lines:
            verb = line.split(b" ")[0].strip().decode().upper()
            reply = self.reply(verb)
            if reply is None:
                return
            connection.sendall(reply)
            if verb == "STARTTLS" and reply.startswith(b"2"):
                return self.secure(connection)
            if verb == "MAIL":
                mail, recipients = line.strip().decode(), []
            if verb == "RCPT" and reply.startswith(b"2"):
                recipients.append(line.strip().decode())
            if verb == "DATA" and reply.startswith(b"3"):
                data = b""
                for part in iter(lines.readline, b".\r\n"):
                    if not part:
                        return
                    data += part[1:] if part.startswith(b".") else part
                reply = self.reply(".")
                self.messages.put((mail, recipients, data))
                if reply is None:
                    return
                connection.sendall(reply)
            if verb == "QUIT":
                return

    def secure(self, connection):
        raise NotImplementedError

    def next(self):
        return self.messages.get(timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(PATIENCE)


class TlsPeer(Peer):
    """A Peer that offers STARTTLS. `certificate`: a file with it and its key. `broken`: no handshake succeeds."""

    def __init__(self, address, port, certificate, offer=True, broken=False, **more):
        self.broken = broken
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        offers = b"250-STARTTLS\r\n" if offer else b""
        self.DEFAULTS = {**self.DEFAULTS, "EHLO": b"250-peer.test\r\n" + offers + b"250 8BITMIME\r\n", "STARTTLS": b"220 go\r\n"}
        super().__init__(address, port, **more)

    def secure(self, connection):
        if self.broken:
            connection.sendall(b"this is no TLS\r\n")
            return
        try:
            with self.context.wrap_socket(connection, server_side=True) as secured:
                self.talk(secured, secured.makefile("rb"))
        except ssl.SSLError:
            pass
