"""Mail as another server brings it. Mail from loopback is not judged, so a listed proxy says where it comes from."""

import imaplib
import socket
import ssl

from tests.e2e.server import PATIENCE

PROXY = "127.0.0.9"
CONFIGURATION = f'\n[proxy]\nnetworks = ["{PROXY}"]\n'


def bring(port, message, recipients, sender, ip, helo="mx.one.test", parameters=""):
    """The last reply, to the data or to what was refused. `message`: a text whose lines end in LF, or bytes as they are.
    `recipients`: one or several; `parameters` of each, " NOTIFY=NEVER"."""
    if isinstance(recipients, str):
        recipients = [recipients]
    rcpt = [f"RCPT TO:<{one}>{parameters}" for one in recipients]
    if isinstance(message, str):
        message = message.replace("\n", "\r\n").encode() + b"\r\n"
    peer = socket.create_connection(("127.0.0.1", port), PATIENCE, (PROXY, 0))
    peer.sendall(f"PROXY TCP4 {ip} 192.0.2.25 40000 25\r\n".encode())
    with peer, peer.makefile("rb") as lines:
        for command in (None, f"EHLO {helo}", f"MAIL FROM:<{sender}>", *rcpt, "DATA"):
            if command is not None:
                peer.sendall(command.encode() + b"\r\n")
            reply = lines.readline()
            while reply[3:4] == b"-":
                reply = lines.readline()
            if reply[:1] not in b"23":
                return reply.decode()
        peer.sendall(message.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        return lines.readline().decode()


def stored_message(server, number):
    """The admin's, of an Installed server."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    client = imaplib.IMAP4_SSL("127.0.0.1", server.base_port + 993, ssl_context=context, timeout=PATIENCE)
    client.login("admin@example.test", server.password)
    client.select("INBOX", readonly=True)
    _, data = client.fetch(str(number), "(BODY.PEEK[])")
    client.logout()
    return data[0][1].decode()
