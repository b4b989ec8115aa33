"""Secondary MX: mail is taken for who has a mailbox at the primary, also while that is away; nothing bounces later."""

import imaplib
import json
import smtplib
import socket
import socketserver
import threading
import unittest

from tests.e2e import judged
from tests.e2e.installed import Installed
from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE, free_port
from tests.e2e.test_outgoing import PEER, Sender, unverified, wait_for

PRIMARY = "127.0.0.11"
ZONE = f"primary.test. MX 10 mx.primary.test.\nprimary.test. MX 20 mx.sender.test.\nmx.primary.test. A {PRIMARY}\n"


class BackupMx(unittest.TestCase):
    def backup(self, more):
        self.port = free_port()
        sender = self.enterContext(Sender(self.port, first_retry="1s"))
        with open(sender.config.parent / "zone", "a") as zone:
            zone.write(ZONE)
        # The port of other domains' servers is that of the peers, so ours has another address.
        sender.config.write_text(sender.config.read_text() + f'''
[[listener]]
service = "mx"
address = "127.0.0.1:{sender.base_port + 25}"

[[backup_mx]]
domain = "primary.test"
{more.replace("FOLDER", str(sender.folder))}
''')
        return sender

    def offer(self, sender, recipient, text=None):
        with smtplib.SMTP("127.0.0.1", sender.base_port + 25, "client.test", timeout=PATIENCE) as client:
            client.ehlo()
            client.mail("somebody@elsewhere.test")
            code, said = client.rcpt(recipient)
            if text is not None:
                self.assertEqual(client.data(text)[0], 250)
            return code, said.decode()

    def test_the_primary_is_asked_and_what_it_said_is_remembered_over_a_restart(self):
        sender = self.backup("")
        with Peer(PRIMARY, self.port, rcpt=[b"250 ok\r\n", b"550 5.1.1 no such user\r\n"]):
            sender.serve()
            self.assertEqual(self.offer(sender, "taro@primary.test")[0], 250)
            self.assertEqual(self.offer(sender, "nobody@primary.test")[0], 550)
        sender.stop()
        sender.serve()
        code, said = self.offer(sender, "nobody@primary.test")
        self.assertEqual((code, said[:5]), (550, "5.1.1"))
        code, said = self.offer(sender, "hanako@primary.test")
        self.assertEqual((code, said[:5]), (450, "4.4.3"))
        self.assertEqual(self.offer(sender, "a@other.test")[0], 550)
        self.assertEqual(self.offer(sender, "taro@primary.test", "Subject: kept\r\n\r\nHello\r\n")[0], 250)
        listed = json.loads(sender.ask("queue", "list", "--json").stdout)["messages"]
        self.assertEqual(len(listed), 1)
        with Peer(PRIMARY, self.port) as primary:
            _, recipients, data = primary.next()
            self.assertEqual(recipients, ["RCPT TO:<taro@primary.test>"])
            self.assertIn(b"Subject: kept", data)
            self.assertEqual(data.count(b"Received:"), 1)

    def test_a_copy_of_what_is_for_the_primary_goes_elsewhere_too(self):
        sender = self.backup('take_unknown = true\n\n[addresses]\ncopies_of_received = ["primary.test=archive@peer.test"]')
        sender.serve()
        with Peer(PEER, self.port) as archive:
            code, _ = self.offer(sender, "taro@primary.test", "Subject: both\r\n\r\nHello\r\n")
            self.assertEqual(code, 250)
            mail, recipients, _ = archive.next()
            self.assertEqual((mail.split(">")[0], recipients), ("MAIL FROM:<somebody@elsewhere.test", ["RCPT TO:<archive@peer.test>"]))
        with Peer(PRIMARY, self.port) as primary:
            sender.ask("queue", "retry", "--all")
            self.assertEqual(primary.next()[1], ["RCPT TO:<taro@primary.test>"])

    def test_a_list_is_read_again_when_it_changes(self):
        sender = self.backup('recipients = "FOLDER/list"')
        file = sender.folder / "list"
        file.write_text("# people\nTaro@primary.test\n")
        sender.serve()
        self.assertEqual(self.offer(sender, "taro@primary.test")[0], 250)
        self.assertEqual(self.offer(sender, "hanako@primary.test")[0], 550)
        file.unlink()
        self.assertEqual(self.offer(sender, "taro@primary.test")[0], 250)
        file.write_text("hanako@primary.test\n")
        self.assertEqual(self.offer(sender, "hanako@primary.test")[0], 250)
        self.assertEqual(self.offer(sender, "taro@primary.test")[0], 550)

    def test_what_the_primary_refuses_later_goes_back_to_nobody_and_is_kept(self):
        sender = self.backup("take_unknown = true")
        sender.serve()
        self.assertEqual(self.offer(sender, "x@primary.test", "Subject: spam\r\n\r\nx\r\n")[0], 250)
        with Peer(PRIMARY, self.port, rcpt=[b"550 5.1.1 no\r\n"]):
            for line in sender.events("deliver.fate"):
                if "fate=failed" in line:
                    break
        held = []
        while not held:  # the line is written a moment before the row
            held = json.loads(sender.ask("queue", "list", "--state", "held", "--json").stdout)["messages"]
        self.assertEqual((held[0]["recipients"][0]["said"], held[0]["recipients"][0]["class"]), ("550 5.1.1 no", "mailbox"))
        self.assertIn("its senders could not be told", sender.ask("status").stdout)
        self.assertNotIn("service\":\"report", sender.ask("trace", "--json").stdout.replace(" ", ""))
        # At the next start the job that looks after it runs at once.
        sender.stop()
        sender.serve()
        imap = sender.imap()
        self.addCleanup(imap.logout)
        letter = wait_for(imap, 1)
        self.assertEqual(letter["To"], "postmaster@sender.test")
        self.assertIn(f"{held[0]['id']}", letter.get_content())
        self.assertIn("from <somebody@elsewhere.test> to <x@primary.test>", letter.get_content())
        with Peer(PRIMARY, self.port) as primary:
            self.assertEqual(sender.ask("queue", "release", held[0]["id"]).returncode, 0)
            self.assertIn(b"Subject: spam", primary.next()[2])


class Proxy(socketserver.ThreadingTCPServer):
    """Brings connections to a server, which is told that they come from `ip`: loopback is not judged."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, address, port, ip, to):
        self.ip, self.to = ip, to
        super().__init__((address, port), Proxied)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Proxied(socketserver.BaseRequestHandler):
    def handle(self):
        there = socket.create_connection(("127.0.0.1", self.server.to), PATIENCE, (judged.PROXY, 0))
        there.sendall(f"PROXY TCP4 {self.server.ip} 192.0.2.25 40000 25\r\n".encode())
        with there:
            back = threading.Thread(target=self.pump, args=(there, self.request), daemon=True)
            back.start()
            self.pump(self.request, there)
            back.join(PATIENCE)

    @staticmethod
    def pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Verdicts(unittest.TestCase):
    """A message that came by the secondary MX has been judged by both servers, and bears what each has found, once."""

    def test_fields_of_both_servers_stand_once(self):
        port = free_port()
        primary = self.enterContext(Installed())
        self.assertEqual(primary.init().returncode, 0)
        secondary = self.enterContext(Sender(port, first_retry="1s"))
        zone = secondary.config.parent / "zone"
        zone.write_text(f"example.test. MX 10 mx.example.test.\nexample.test. MX 20 mx.sender.test.\n"
                        f'mx.example.test. A {PRIMARY}\nelsewhere.test. TXT "v=spf1 ip4:198.51.100.7 -all"\n')
        primary.listen(("mx", 25), ("imaps", 993))
        primary.append(f'{judged.CONFIGURATION}\n[dns]\nmode = "static"\nzone = "{zone}"\n')
        secondary.append(f'{judged.CONFIGURATION}\n[[listener]]\nservice = "mx"\naddress = "127.0.0.1:{secondary.base_port + 25}"\n'
                         '\n[[backup_mx]]\ndomain = "example.test"\n')
        self.assertIsNone(primary.start())
        secondary.serve()
        self.enterContext(Proxy(PRIMARY, port, "192.0.2.30", primary.base_port + 25))
        front = self.enterContext(Proxy("127.0.0.12", 0, "198.51.100.7", secondary.base_port + 25))
        forged = "".join(f"Authentication-Results: {host}; spf=pass smtp.mailfrom=forged.test\r\n"
                         for host in ("mx.example.test", "mx.sender.test"))
        with smtplib.SMTP("127.0.0.12", front.server_address[1], "client.test", timeout=PATIENCE) as client:
            client.sendmail("somebody@elsewhere.test", ["admin@example.test"],
                            f"{forged}From: somebody@elsewhere.test\r\nSubject: by the second way\r\n\r\nHello\r\n")
        imap = imaplib.IMAP4_SSL("127.0.0.1", primary.base_port + 993, ssl_context=unverified(), timeout=PATIENCE)
        self.addCleanup(imap.logout)
        imap.login("admin@example.test", primary.password)
        message = wait_for(imap, 1)
        self.assertEqual(message["Subject"], "by the second way")
        first, second = message.get_all("Authentication-Results")
        self.assertTrue(first.startswith("mx.example.test;"), first)
        self.assertTrue(second.startswith("mx.sender.test;"), second)
        self.assertIn("policy.iprev=192.0.2.30", first)
        self.assertIn("spf=pass smtp.mailfrom=elsewhere.test", second)
        self.assertNotIn("forged.test", message.as_string())
        self.assertEqual(len(message.get_all("Received")), 2)


if __name__ == "__main__":
    unittest.main()
