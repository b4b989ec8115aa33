"""Clients that the tests share: Python's own, connected to a Server."""

import email.message
import email.utils
import imaplib
import smtplib
import socket

from tests.e2e.server import PATIENCE


def smtp(server):
    return smtplib.SMTP("127.0.0.1", server.port("SMTP"), local_hostname="client.example", timeout=PATIENCE)


def imap(server, user="hanako@example.test", password="secret"):
    """A session that is logged in over TLS, its certificate checked."""
    import ssl

    context = ssl.create_default_context(cafile=server.env["MAIL_CA"])
    client = imaplib.IMAP4_SSL("127.0.0.1", server.port("IMAPS"), ssl_context=context, timeout=PATIENCE)
    client.login(user, password)
    return client


def message(subject, body="Hello\r\n", to="hanako@example.test", message_id=None):
    mail = email.message.EmailMessage()
    mail["From"] = "Taro <taro@client.example>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = email.utils.formatdate()
    mail["Message-ID"] = message_id or email.utils.make_msgid(domain="client.example")
    mail.set_content(body)
    return mail


def send(server, mail, to=("hanako@example.test",)):
    """Sends over a connection of its own; returns the server's final reply as text."""
    with smtp(server) as client:
        client.ehlo()
        code, text = client.mail("taro@client.example")
        assert code == 250, text
        for address in to:
            code, text = client.rcpt(address)
            assert code == 250, text
        code, text = client.data(mail.as_bytes(policy=email.policy.SMTP) if hasattr(mail, "as_bytes") else mail)
        return code, text.decode()


def message_ids(client, mailbox="INBOX"):
    """The Message-IDs of all messages of a mailbox."""
    status, _ = client.select(mailbox, readonly=True)
    assert status == "OK"
    status, data = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    assert status == "OK"
    return [part[1].decode().split(":", 1)[1].strip() for part in data if isinstance(part, tuple)]


class Lines:
    """A raw connection that sends bytes and reads lines."""

    def __init__(self, server, name):
        self.socket = socket.create_connection(("127.0.0.1", server.port(name)), timeout=PATIENCE)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        return self.file.readline().decode(errors="replace").rstrip("\r\n")

    def reply(self):
        """An SMTP reply, its last line."""
        while True:
            line = self.line()
            if len(line) < 4 or line[3] != "-":
                return line

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
