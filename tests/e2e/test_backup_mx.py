"""Secondary MX: mail is taken for who has a mailbox at the primary, also while that is away; nothing bounces later."""

import json
import smtplib
import unittest

from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE
from tests.e2e.test_outgoing import PEER, Sender, free_port

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

    def test_what_the_primary_refuses_later_goes_back_to_nobody(self):
        sender = self.backup("take_unknown = true")
        sender.serve()
        self.assertEqual(self.offer(sender, "x@primary.test", "Subject: spam\r\n\r\nx\r\n")[0], 250)
        with Peer(PRIMARY, self.port, rcpt=[b"550 5.1.1 no\r\n"]):
            for line in sender.events("deliver.fate"):
                if "fate=failed" in line:
                    break
        while json.loads(sender.ask("queue", "list", "--json").stdout)["messages"]:
            pass
        self.assertNotIn("service\":\"report", sender.ask("trace", "--json").stdout.replace(" ", ""))


if __name__ == "__main__":
    unittest.main()
