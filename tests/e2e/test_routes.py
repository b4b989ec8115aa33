"""Routes: which way mail leaves, by recipient and by sender; LMTP, hold, the fallback, REQUIRETLS, tokens."""

import json
import queue
import socketserver
import threading
import unittest

from tests.e2e.installed import run
from tests.e2e.peer import Peer, TlsPeer
from tests.e2e.server import PATIENCE, free_port
from tests.e2e.test_outgoing import PEER, Sender, wait_for
from tests.e2e.test_outgoing_tls import Certificates

RELAY, SECURE = "127.0.0.6", "127.0.0.10"


class Lmtp:
    """What takes mail by LMTP on a path; recipients named `full` are refused behind the data."""

    def __init__(self, path):
        self.messages = queue.Queue()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 here LMTP\r\n")
                recipients = []
                for line in self.rfile:
                    verb = line[:4].upper()
                    if verb == b"LHLO":
                        self.wfile.write(b"250-here\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
                    elif verb == b"RCPT":
                        recipients.append(line.strip().decode())
                        self.wfile.write(b"250 ok\r\n")
                    elif verb == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        data = b"".join(iter(self.rfile.readline, b".\r\n"))
                        for one in recipients:
                            self.wfile.write(b"552 5.2.2 full\r\n" if "full" in one else b"250 2.0.0 kept\r\n")
                        outer.messages.put((recipients, data))
                        recipients = []
                    elif verb == b"QUIT":
                        self.wfile.write(b"221 bye\r\n")
                        return
                    else:
                        self.wfile.write(b"250 ok\r\n")

        self.server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Routes(unittest.TestCase):
    def sender(self, port, routes, outgoing="", zone=""):
        sender = self.enterContext(Sender(port, first_retry="1h"))
        with open(sender.config.parent / "zone", "a") as file:
            file.write(zone)
        text = sender.config.read_text().replace("[outgoing]\n", f"[outgoing]\n{outgoing}")
        sender.config.write_text(text + routes.replace("FOLDER", str(sender.folder)))
        return sender

    def test_each_message_takes_the_first_route_that_fits(self):
        port = free_port()
        with Peer(PEER, port) as direct, Peer(RELAY, port) as relay:
            sender = self.sender(port, f'''
[[route]]
name = "lists"
via = "relay"
from = ["lists@sender.test"]
host = "[{RELAY}]:{port}"
tls = "if_offered"

[[route]]
name = "partner"
via = "relay"
to = ["partner.test", ".partner.test"]
host = "[{RELAY}]:{port}"
tls = "never"
''', zone="peer.test. MX 5 mx.peer.test.\n")
            sender.serve()
            sender.send(["a@peer.test"])
            self.assertEqual(direct.next()[1], ["RCPT TO:<a@peer.test>"])
            sender.send(["b@sub.partner.test"])
            self.assertEqual(relay.next()[1], ["RCPT TO:<b@sub.partner.test>"])
            told = sender.ask("relay", "test", "--to", "x@partner.test").stdout
            self.assertIn(f'route "partner": to the relay [{RELAY}]:{port}', told)
            self.assertIn("in clear", told)
            told = sender.ask("relay", "test", "--to", "x@peer.test", "--from", "lists@sender.test").stdout
            self.assertIn('route "lists"', told)
            told = sender.ask("relay", "test", "--to", "x@peer.test")
            self.assertIn("to the domain's own hosts", told.stdout)
            self.assertEqual(told.returncode, 0, told.stdout)
            self.assertIn("there is no route", sender.ask("relay", "test", "--route", "none").stdout)
            self.assertIn("route=partner", sender.ask("trace", "--kind", "delivery", "--json").stdout.replace('"route":"', "route="))

    def test_lmtp_on_a_path_with_a_reply_for_each(self):
        sender = self.sender(free_port(), '''
[[route]]
name = "mailman"
via = "lmtp"
to = ["lists.test"]
host = "FOLDER/lmtp"
''')
        with Lmtp(sender.folder / "lmtp") as lmtp:
            (sender.folder / "lmtp").chmod(0o666)
            sender.serve()
            imap = sender.imap()
            self.addCleanup(imap.logout)
            sender.send(["a@lists.test", "full@lists.test"], "Subject: to the list\r\n\r\n.dot\r\n")
            recipients, data = lmtp.messages.get(timeout=PATIENCE)
            self.assertEqual(recipients, ["RCPT TO:<a@lists.test>", "RCPT TO:<full@lists.test>"])
            self.assertIn(b"\r\n..dot\r\n", data)
            report = wait_for(imap, 1)
            self.assertIn("5.2.2", report.as_string())
            self.assertEqual(report.get_payload()[1].get_payload()[1]["Final-Recipient"], "rfc822; full@lists.test")

    def test_what_is_held_waits_for_its_release(self):
        port = free_port()
        with Peer(PEER, port) as peer:
            sender = self.sender(port, '''
[[route]]
name = "slow"
via = "hold"
to = ["peer.test"]
''')
            sender.serve()
            sender.send(["a@peer.test"])
            listed = json.loads(sender.ask("queue", "list", "--state", "held", "--json").stdout)["messages"]
            self.assertEqual(len(listed), 1)
            self.assertEqual(sender.ask("queue", "release", "--domain", "peer.test").returncode, 0)
            self.assertEqual(peer.next()[1], ["RCPT TO:<a@peer.test>"])

    def test_the_fallback_takes_what_its_own_hosts_do_not(self):
        port = free_port()
        with Peer(RELAY, port) as relay:
            sender = self.sender(port, f'''
[[route]]
name = "spare"
via = "relay"
host = "[{RELAY}]:{port}"
tls = "if_offered"
''', outgoing='fallback_relay = "spare"\n')
            sender.serve()
            sender.send(["a@later.test"])
            self.assertEqual(relay.next()[1], ["RCPT TO:<a@later.test>"])
            sender.send(["b@broken.test"])
            self.assertEqual(relay.next()[1], ["RCPT TO:<b@broken.test>"])

    def test_a_wrong_route_is_an_error_with_its_line(self):
        for text, words in (('name = "x"\nvia = "relay"\n', "has no host"),
                            ('name = "x"\nvia = "direct"\nhost = "a.test"\n', "goes via none"),
                            ('name = "x"\nvia = "relay"\nhost = "a.test"\nuser = "u"\n', "neither password_file nor token_file"),
                            ('name = "x"\nvia = "relay"\nhost = "/run/x"\n', "has a path")):
            sender = self.sender(free_port(), f"\n[[route]]\n{text}")
            self.assertIn(words, run("config", "check", sender.config).stderr)

    def test_requiretls_goes_on_only_to_who_promises_it(self):
        folder = self.enterContext(Sender(free_port())).folder
        certificates = Certificates(folder)
        good = certificates.issue("mx.secure.test")
        peer = self.enterContext(TlsPeer(SECURE, 0, certificate=good))
        peer.DEFAULTS["EHLO"] = b"250-mx.secure.test\r\n250-STARTTLS\r\n250-REQUIRETLS\r\n250 8BITMIME\r\n"
        zone = ("; !secure secure.test.\nsecure.test. MX 10 mx.secure.test.\n"
                f"mx.secure.test. A {SECURE}\nplain.test. MX 10 mx.secure.test.\n")
        sender = self.sender(peer.port, "", outgoing=f'authorities = "{certificates.authority}"\n', zone=zone)
        sender.serve()
        imap = sender.imap()
        self.addCleanup(imap.logout)
        sender.send(["a@secure.test"], mail_options=["REQUIRETLS"])
        self.assertTrue(peer.next()[0].endswith(" REQUIRETLS"))
        # Nothing vouches that mx.secure.test is a host of plain.test.
        sender.send(["a@plain.test"], mail_options=["REQUIRETLS"])
        self.assertIn("5.7.30", wait_for(imap, 1).as_string())
        peer.DEFAULTS["EHLO"] = b"250-mx.secure.test\r\n250-STARTTLS\r\n250 8BITMIME\r\n"
        sender.send(["b@secure.test"], mail_options=["REQUIRETLS"])
        self.assertIn("5.7.30", wait_for(imap, 2).as_string())
        peer.DEFAULTS["EHLO"] = b"250-mx.secure.test\r\n250-REQUIRETLS\r\n250 8BITMIME\r\n"
        sender.send(["c@secure.test"], mail_options=["REQUIRETLS"])
        self.assertIn("5.7.10", wait_for(imap, 3).as_string())
        self.assertTrue(peer.messages.empty())

    def test_a_token_is_read_at_each_login(self):
        folder = self.enterContext(Sender(free_port())).folder
        certificates = Certificates(folder)
        relay = self.enterContext(TlsPeer(SECURE, 0, certificate=certificates.issue("smtp.token.test"),
                                          auth=[b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"]))
        relay.DEFAULTS = {**relay.DEFAULTS, "AUTH": b"235 ok\r\n", "": b"535 5.7.8 token is over\r\n",
                          "EHLO": b"250-relay\r\n250-STARTTLS\r\n250-AUTH XOAUTH2 PLAIN\r\n250 8BITMIME\r\n"}
        sender = self.sender(relay.port, f'''
[[route]]
name = "cloud"
via = "relay"
to = ["*"]
host = "smtp.token.test:{relay.port}"
user = "me@token.test"
token_file = "FOLDER/token"
''', outgoing=f'authorities = "{certificates.authority}"\n', zone=f"smtp.token.test. A {SECURE}\n")
        (sender.folder / "token").write_text("first\n")
        sender.serve()
        told = sender.ask("relay", "test")
        self.assertIn("535 5.7.8 token is over", told.stdout)
        told = sender.ask("relay", "test")
        self.assertIn("logged in as me@token.test by XOAUTH2", told.stdout)
        self.assertEqual(told.returncode, 0, told.stdout)


if __name__ == "__main__":
    unittest.main()
