"""`yubin reload`: routes, the fallback relay, secondary MX and what is done to addresses change while the server runs."""

import json
import smtplib
import unittest

from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE, free_port
from tests.e2e.test_outgoing import ADMIN, PEER, Sender

RELAY = "127.0.0.6"


class ReloadWays(unittest.TestCase):
    def setUp(self):
        self.port = free_port()
        self.sender = self.enterContext(Sender(self.port, first_retry="1h"))
        with open(self.sender.config.parent / "zone", "a") as zone:
            zone.write("peer.test. MX 5 mx.peer.test.\nprimary.test. MX 10 mx.peer.test.\n")
        self.sender.append(f'\n[[listener]]\nservice = "mx"\naddress = "127.0.0.1:{self.sender.base_port + 25}"\n')
        self.before = self.sender.config.read_text()
        self.sender.serve()
        self.direct = self.enterContext(Peer(PEER, self.port))
        self.relay = self.enterContext(Peer(RELAY, self.port))

    def reload(self, more, outgoing=""):
        text = self.before.replace("[outgoing]\n", f"[outgoing]\n{outgoing}")
        self.sender.config.write_text(text + more.replace("HOST", f"[{RELAY}]:{self.port}"))
        return self.sender.ask("reload")

    def change(self, more, outgoing=""):
        done = self.reload(more, outgoing)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("restart", done.stdout)

    def test_mail_takes_the_new_ways(self):
        self.sender.send(["a@peer.test"])
        self.assertEqual(self.direct.next()[1], ["RCPT TO:<a@peer.test>"])
        route = '\n[[route]]\nname = "there"\nvia = "relay"\nhost = "HOST"\ntls = "never"\n'
        self.change(route + 'to = ["peer.test"]\n')
        self.sender.send(["b@peer.test"])
        self.assertEqual(self.relay.next()[1], ["RCPT TO:<b@peer.test>"])
        self.assertIn('route "there"', self.sender.ask("relay", "test", "--to", "x@peer.test").stdout)
        self.change('\n[[route]]\nname = "wait"\nvia = "hold"\nto = ["peer.test"]\n')
        self.sender.send(["c@peer.test"])
        held = json.loads(self.sender.ask("queue", "list", "--state", "held", "--json").stdout)["messages"]
        self.assertEqual([one["address"] for one in held[0]["recipients"]], ["c@peer.test"])
        self.change(route, 'fallback_relay = "there"\n')
        self.sender.send(["d@later.test"])
        self.assertEqual(self.relay.next()[1], ["RCPT TO:<d@later.test>"])
        self.change("", f'relay = "mx.peer.test"\nrelay_port = {self.port}\nrelay_tls = false\n')
        self.sender.send(["e@anywhere.test"])
        self.assertEqual(self.direct.next()[1], ["RCPT TO:<e@anywhere.test>"])
        self.assertTrue(self.relay.messages.empty())

    def test_what_is_done_to_addresses_and_whose_secondary_we_are(self):
        self.change('\n[addresses]\ncanonical = ["old@peer.test=new@peer.test"]\nmasquerade = ["sender.test"]\n'
                    f'copies_of_sent = ["{ADMIN}=archive@peer.test"]\n')
        self.sender.send(["old@peer.test"], "From: root@host.sender.test\r\nSubject: x\r\n\r\nx\r\n")
        _, recipients, data = self.direct.next()
        self.assertEqual(sorted(recipients), ["RCPT TO:<archive@peer.test>", "RCPT TO:<new@peer.test>"])
        self.assertIn(b"From: root@sender.test\r\n", data)
        with smtplib.SMTP("127.0.0.1", self.sender.base_port + 25, "client.test", timeout=PATIENCE) as client:
            client.ehlo()
            client.mail("somebody@elsewhere.test")
            self.assertEqual(client.rcpt("a@primary.test")[0], 550)
            self.change('\n[[backup_mx]]\ndomain = "primary.test"\n')
            # Who has begun goes on as it began.
            self.assertEqual(client.rcpt("a@primary.test")[0], 550)
        with smtplib.SMTP("127.0.0.1", self.sender.base_port + 25, "client.test", timeout=PATIENCE) as client:
            client.sendmail("somebody@elsewhere.test", ["a@primary.test"], "Subject: for the primary\r\n\r\nx\r\n")
        self.assertIn(b"Subject: for the primary", self.direct.next()[2])

    def test_a_wrong_file_changes_nothing(self):
        done = self.reload('\n[[route]]\nname = "there"\nvia = "relay"\nto = ["*"]\n')
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("has no host", done.stdout + done.stderr)
        missing = '\n[[route]]\nname = "there"\nvia = "relay"\nto = ["*"]\nhost = "HOST"\nuser = "u"\npassword_file = "/no/such"\n'
        done = self.reload(missing)
        self.assertNotEqual(done.returncode, 0)
        self.sender.send(["a@peer.test"])
        self.assertEqual(self.direct.next()[1], ["RCPT TO:<a@peer.test>"])


if __name__ == "__main__":
    unittest.main()
