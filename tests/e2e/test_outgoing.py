"""Mail to other domains: a server of ours sends to another one, to smtp-sink, and to peers that do what real ones do."""

import email
import email.policy
import imaplib
import json
import os
import shutil
import signal
import smtplib
import ssl
import subprocess
import unittest

from tests.e2e import clients
from tests.e2e.installed import Installed, run
from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE, Server, free_port

SINK, PEER, DEAD = "127.0.0.3", "127.0.0.4", "127.0.0.5"
ZONE = f"""$ORIGIN .
example.test.    MX 10 mx.example.test.
mx.example.test. A 127.0.0.1
sink.test.       MX 10 mx.sink.test.
mx.sink.test.    A {SINK}
peer.test.       MX 10 dead.test.
peer.test.       MX 20 mx.peer.test.
mx.peer.test.    A {PEER}
later.test.      MX 10 dead.test.
dead.test.       A {DEAD}
null.test.       MX 0 .
ours.test.       MX 10 mx.sender.test.
noaddress.test.  MX 10 nothing.noaddress.test.
; !fail broken.test. SERVFAIL
"""
ADMIN = "admin@sender.test"


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Sender(Installed):
    """A server for sender.test that may send, to peers on `port`."""

    def __init__(self, port, **queue):
        super().__init__()
        made = run("init", "--host", "mx.sender.test", "--domain", "sender.test", "--admin", ADMIN, "--config", self.config,
                   "--store", self.store)
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        self.password = next(line.split()[1] for line in made.stdout.splitlines() if line.startswith("password"))
        zone = self.config.parent / "zone"
        zone.write_text(ZONE)
        self.listen(("submission", 587), ("imaps", 993))
        self.append(f'\n[outgoing]\nenabled = true\nport = {port}\nloopback = true\n'
                    f'\n[dns]\nmode = "static"\nzone = "{zone}"\n\n[queue]\n'
                    + "".join(f'{name} = {json.dumps(value)}\n' for name, value in ({"first_retry": "1s"} | queue).items()))

    def serve(self):
        complaint = self.start()
        if complaint is not None:
            raise RuntimeError(complaint)

    def send(self, to, text="Subject: test\r\n\r\nHello\r\n", **options):
        with smtplib.SMTP("127.0.0.1", self.base_port + 587, local_hostname="laptop", timeout=PATIENCE) as client:
            client.starttls(context=unverified())
            client.login(ADMIN, self.password)
            return client.sendmail(ADMIN, to, text, **options)

    def imap(self):
        client = imaplib.IMAP4_SSL("127.0.0.1", self.base_port + 993, ssl_context=unverified(), timeout=PATIENCE)
        client.login(ADMIN, self.password)
        return client


def wait_for(imap, count):
    """Until the INBOX has so many messages; then the last one, parsed."""
    _, found = imap.select("INBOX")
    if int(found[-1]) < count:  # one that comes during SELECT is told behind the first number
        tag = imap._new_tag()
        imap.send(tag + b" IDLE\r\n")
        while not imap.readline().startswith(b"* %d EXISTS" % count):
            pass
        imap.send(b"DONE\r\n")
        while not imap.readline().startswith(tag):
            pass
    _, data = imap.fetch(str(count), "(BODY.PEEK[])")
    return email.message_from_bytes(data[0][1], policy=email.policy.default)


class Outgoing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = cls.enterClassContext(Server())
        cls.port = cls.demo.port("SMTP")

    def sender(self):
        sender = Sender(self.port)
        self.enterContext(sender)
        sender.serve()
        return sender

    def test_a_message_reaches_another_server_over_tls(self):
        sender = self.sender()
        imap = clients.imap(self.demo, "hanako@example.test")
        self.addCleanup(imap.logout)
        _, found = imap.select("INBOX")
        sender.send(["hanako@example.test"], "Subject: over the wire\r\n\r\n.dot\r\n")
        message = wait_for(imap, int(found[0]) + 1)
        self.assertEqual(message["Subject"], "over the wire")
        self.assertEqual(message.get_content().strip(), ".dot")
        received = message.get_all("Received")
        self.assertEqual(len(received), 2)
        self.assertIn("with ESMTPS", received[0])
        self.assertIn("by mx.sender.test with ESMTPSA", received[1])
        self.assertEqual(message["Return-Path"], f"<{ADMIN}>")

    def test_what_fails_comes_back_as_a_report(self):
        sender = self.sender()
        imap = sender.imap()
        self.addCleanup(imap.logout)
        cases = {"nobody@example.test": ("5.1.1", "no such user"), "a@null.test": ("5.1.10", "null MX"),
                 "a@nowhere.test": ("5.1.2", "no domain"), "a@ours.test": ("5.4.6", "come back"),
                 "a@noaddress.test": ("5.4.4", "no host")}
        for count, (address, (status, words)) in enumerate(cases.items(), 1):
            with self.subTest(address):
                sender.send([address], "Subject: 件名\r\nX-Mark: 1\r\n\r\nHello\r\n".encode(), mail_options=["BODY=8BITMIME"])
                report = wait_for(imap, count)
                self.assertEqual(report["Return-Path"], "<>")
                self.assertEqual(report.get_content_type(), "multipart/report")
                text, fields, header = report.iter_parts()
                self.assertIn(words, text.get_content())
                self.assertIn("配達できませんでした", text.get_content())
                message, recipient = fields.get_payload()
                self.assertEqual(message["Reporting-MTA"], "dns; mx.sender.test")
                self.assertEqual(recipient["Final-Recipient"], f"rfc822; {address}")
                self.assertEqual((recipient["Action"], recipient["Status"]), ("failed", status))
                self.assertIn("X-Mark: 1", header.get_content())

    def test_who_says_later_is_tried_again_and_the_next_host_if_one_is_dead(self):
        with Peer(PEER, self.port, rcpt=[b"450 4.2.0 later\r\n"]) as peer:
            sender = self.sender()
            sender.send(["a@peer.test", "b@peer.test"])
            first, second = peer.next(), peer.next()
            self.assertEqual(first[:2], (f"MAIL FROM:<{ADMIN}>", ["RCPT TO:<b@peer.test>"]))
            self.assertEqual(second[:2], (f"MAIL FROM:<{ADMIN}>", ["RCPT TO:<a@peer.test>"]))
            self.assertIn(b"\r\nHello\r\n", second[2])

    def test_many_messages_go_over_few_connections(self):
        with Peer(PEER, self.port) as peer:
            sender = self.sender()
            for i in range(10):
                sender.send([f"u{i}@peer.test"])
            self.assertEqual({peer.next()[1][0] for _ in range(10)}, {f"RCPT TO:<u{i}@peer.test>" for i in range(10)})

    def test_what_a_killed_server_had_in_its_queue_is_sent_by_the_next_one(self):
        sender = self.sender()
        sender.send(["a@later.test"], "Subject: kept\r\n\r\nHello\r\n")
        sender.process.kill()
        sender.process.wait(PATIENCE)
        sender.process.stdout.close()
        with Peer(DEAD, self.port) as peer:
            sender.serve()
            self.assertIn(b"Subject: kept\r\n", peer.next()[2])

    def test_a_peer_that_drops_after_the_final_dot_gets_it_again(self):
        with Peer(PEER, self.port, end=[None]) as peer:
            sender = self.sender()
            sender.send(["a@peer.test"], "Subject: twice\r\n\r\nHello\r\n")
            self.assertEqual(peer.next()[2], peer.next()[2])

    def test_who_takes_seven_bits_gets_the_same_text_in_them(self):
        ehlo = [b"250-peer.test\r\n250 PIPELINING\r\n"]
        with Peer(PEER, self.port, ehlo=ehlo) as peer:
            sender = self.sender()
            text = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n郵便です。\r\n"
            sender.send(["a@peer.test"], text.encode(), mail_options=["BODY=8BITMIME"])
            mail, _, data = peer.next()
            self.assertNotIn("BODY", mail)
            self.assertTrue(data.isascii())
            message = email.message_from_bytes(data, policy=email.policy.default)
            self.assertEqual(message.get_content().strip(), "郵便です。")

    def test_a_long_line_of_japanese_arrives_whole(self):
        with Peer(PEER, self.port) as peer:
            sender = self.sender()
            line = "漢字" * 2500
            head = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
            sender.send(["a@peer.test"], head + line.encode("iso-2022-jp") + b"\r\n")
            data = peer.next()[2]
            self.assertLessEqual(max(map(len, data.split(b"\r\n"))), 998)
            message = email.message_from_bytes(data, policy=email.policy.default)
            self.assertEqual(message.get_content().strip(), line)

    def test_peers_that_talk_nonsense_delay_nobody(self):
        with Peer(PEER, self.port, greeting=b"SSH-2.0-x\r\n"), Peer(DEAD, self.port, ehlo=[b"250-x\r\n" * 400_000]):
            sender = self.sender()
            imap = clients.imap(self.demo, "taro@example.test")
            self.addCleanup(imap.logout)
            _, found = imap.select("INBOX")
            sender.send(["a@peer.test", "a@later.test", "a@broken.test", "taro@example.test"])
            wait_for(imap, int(found[0]) + 1)

    @unittest.skipUnless(shutil.which("smtp-sink", path=os.environ["PATH"] + ":/usr/sbin"), "no smtp-sink")
    def test_smtp_sink_takes_what_we_send(self):
        sender = self.sender()
        folder = sender.folder / "sink"
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        program = shutil.which("smtp-sink", path=os.environ["PATH"] + ":/usr/sbin")
        as_user = ["-u", "nobody"] if os.geteuid() == 0 else []
        sink = subprocess.Popen([program, *as_user, "-M", "1", "-D", str(folder / "%H%M%S."), f"{SINK}:{self.port}", "10"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            sender.send(["a@sink.test"], "Subject: sunk\r\n\r\n.\r\n")
            _, said = sink.communicate(timeout=PATIENCE)
        finally:
            if sink.poll() is None:
                sink.send_signal(signal.SIGTERM)
        written = [file.read_text() for file in folder.iterdir()]
        self.assertEqual(len(written), 1, said)
        self.assertIn("Subject: sunk", written[0])

    def test_who_is_not_logged_in_sends_nothing(self):
        sender = self.sender()
        with smtplib.SMTP("127.0.0.1", sender.base_port + 587, timeout=PATIENCE) as client:
            client.starttls(context=unverified())
            client.ehlo()
            self.assertEqual(client.mail(ADMIN)[0], 530)
        code, reply = self.relay_through_mx()
        self.assertEqual(code, 550, reply)

    def relay_through_mx(self):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as client:
            client.ehlo("client.test")
            client.mail("a@client.test")
            return client.rcpt("a@peer.test")


if __name__ == "__main__":
    unittest.main()
