"""What an administrator sees of outgoing mail and does to it: `yubin queue`, alarms, reports."""

import datetime
import email.utils
import json
import smtplib
import unittest

from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE, Server
from tests.e2e.test_outgoing import ADMIN, DEAD, PEER, Sender, unverified, wait_for

LISTED = b"550 5.7.1 Service unavailable, Client host [192.0.2.25] blocked using Spamhaus.\r\n"


class Queue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = cls.enterClassContext(Server())
        cls.port = cls.demo.port("SMTP")

    def sender(self, **options):
        sender = Sender(self.port, **options)
        self.enterContext(sender)
        sender.serve()
        return sender

    def queue(self, sender, *arguments, check=True):
        ran = sender.ask("--json", "queue", *arguments)
        if check:
            self.assertEqual(ran.returncode, 0, ran.stderr)
        return json.loads(ran.stdout) if ran.returncode == 0 else ran.stderr

    def recipients(self, sender, *filters):
        found = self.queue(sender, "list", *filters)["messages"]
        return {one["address"]: one for message in found for one in message["recipients"]}

    def send(self, sender, recipients, text="Subject: test\r\n\r\nHello\r\n", mail=(), rcpt=()):
        with smtplib.SMTP("127.0.0.1", sender.base_port + 587, local_hostname="laptop", timeout=PATIENCE) as client:
            client.starttls(context=unverified())
            client.login(ADMIN, sender.password)
            return client.sendmail(ADMIN, recipients, text, mail_options=mail, rcpt_options=rcpt)

    def wait_until(self, sender, condition):
        """Until the recipients in the queue are as they should be; each look takes the server some time."""
        for _ in range(3000):
            found = self.recipients(sender)
            if condition(found):
                return found
        self.fail(f"it never was: {found}")

    def test_is_listed_held_redirected_and_removed_by_filter(self):
        sender = self.sender(first_retry="1h")
        self.send(sender, ["a@later.test", "b@later.test", "c@broken.test"])
        found = self.wait_until(sender, lambda found: all(one["state"] == "deferred" for one in found.values()))
        self.assertEqual(set(found), {"a@later.test", "b@later.test", "c@broken.test"})
        self.assertEqual(found["a@later.test"]["class"], "network")
        self.assertIn("cannot connect", found["a@later.test"]["note"])
        self.assertIn("say which are meant", self.queue(sender, "hold", check=False))
        self.assertEqual(self.queue(sender, "hold", "--domain", "later.test")["recipients"], 2)
        self.assertEqual(set(self.recipients(sender, "--state", "held")), {"a@later.test", "b@later.test"})
        with Peer(PEER, self.port) as peer:
            self.assertEqual(self.queue(sender, "redirect", "--recipient", "a@later.test", "--to", "x@peer.test")["recipients"], 1)
            self.assertEqual(peer.next()[1], ["RCPT TO:<x@peer.test>"])
        self.assertEqual(self.queue(sender, "remove", "--all")["recipients"], 2)
        self.assertEqual(self.recipients(sender), {})
        said = sender.ask("trace", "--service", "admin", "--json").stdout
        self.assertIn("queue redirect", said)

    def test_shows_header_and_content_and_tries_again_at_once(self):
        sender = self.sender(first_retry="1h")
        self.send(sender, ["a@later.test"], "Subject: shown\r\n\r\nInside\r\n")
        self.wait_until(sender, lambda found: found["a@later.test"]["state"] == "deferred")
        message = self.queue(sender, "list", "--sender", ADMIN)["messages"][0]
        shown = sender.ask("queue", "show", message["id"])
        self.assertIn("Subject: shown", shown.stdout)
        self.assertNotIn("Inside", shown.stdout)
        self.assertIn("Inside", sender.ask("queue", "show", message["id"], "--content").stdout)
        with Peer(DEAD, self.port) as peer:
            self.assertEqual(self.queue(sender, "retry", message["id"])["recipients"], 1)
            self.assertIn(b"Subject: shown", peer.next()[2])

    def test_what_is_bounced_is_reported(self):
        sender = self.sender(first_retry="1h")
        imap = sender.imap()
        self.addCleanup(imap.logout)
        self.send(sender, ["a@later.test"])
        self.wait_until(sender, lambda found: found["a@later.test"]["state"] == "deferred")
        self.queue(sender, "bounce", "--domain", "later.test")
        report = wait_for(imap, 1)
        self.assertIn("administrator", list(report.iter_parts())[0].get_content())

    def test_what_is_redirected_to_somebody_here_is_delivered(self):
        sender = self.sender(first_retry="1h")
        imap = sender.imap()
        self.addCleanup(imap.logout)
        self.send(sender, ["a@later.test"], "Subject: homeward\r\n\r\nHello\r\n")
        self.wait_until(sender, lambda found: found["a@later.test"]["state"] == "deferred")
        self.queue(sender, "redirect", "--all", "--to", ADMIN)
        self.assertEqual(wait_for(imap, 1)["Subject"], "homeward")

    def test_who_greylists_is_asked_again_sooner_than_who_is_not_there(self):
        words = b"450 4.2.0 <a@peer.test>: Recipient address rejected: Greylisted, see http://peer.test/\r\n"
        with Peer(PEER, self.port, rcpt=[words]):
            sender = self.sender(first_retry="2h")
            self.send(sender, ["a@peer.test", "a@later.test"])
            found = self.wait_until(sender, lambda found: all(one["state"] == "deferred" for one in found.values()))
        waits = {address: datetime.datetime.fromisoformat(one["next_attempt"]) - datetime.datetime.fromisoformat(one["last_attempt"])
                 for address, one in found.items()}
        self.assertEqual(found["a@peer.test"]["class"], "greylisted")
        self.assertLess(waits["a@peer.test"], datetime.timedelta(minutes=30))
        self.assertGreater(waits["a@later.test"], datetime.timedelta(minutes=90))

    def test_a_block_list_is_an_alarm_and_a_report(self):
        with Peer(PEER, self.port, mail=[LISTED]):
            sender = self.sender()
            imap = sender.imap()
            self.addCleanup(imap.logout)
            self.send(sender, ["a@peer.test"])
            report = wait_for(imap, 1)
            self.assertIn("refuses mail from this server", list(report.iter_parts())[0].get_content())
            status = sender.ask("status").stdout
            self.assertIn("ALARM: Spamhaus lists 192.0.2.25", status)
            accepted, listed = next(sender.events("server.fate")), next(sender.events("queue.listed"))
            self.assertIn('list=Spamhaus address=192.0.2.25', listed)
            times = [datetime.datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")) for line in (accepted, listed)]
            self.assertLess(times[1] - times[0], datetime.timedelta(minutes=1))

    def test_who_asks_hears_of_delays_and_successes(self):
        with Peer(PEER, self.port) as peer:
            sender = self.sender(first_retry="1h", warn_after="1s")
            imap = sender.imap()
            self.addCleanup(imap.logout)
            self.send(sender, ["a@peer.test", ADMIN], mail=["RET=HDRS", "ENVID=QQ314159"],
                      rcpt=["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;first@peer.test"])
            peer.next()
            actions = {}
            wait_for(imap, 3)  # the message itself and two reports, in any order
            for count in (1, 2, 3):
                message = wait_for(imap, count)
                if message.get_content_type() == "multipart/report":
                    about, recipient = list(message.iter_parts())[1].get_payload()
                    self.assertEqual(about["Original-Envelope-Id"], "QQ314159")
                    self.assertEqual(recipient["Original-Recipient"], "rfc822; first@peer.test")
                    actions[recipient["Action"]] = recipient["Final-Recipient"]
            self.assertEqual(actions, {"relayed": "rfc822; a@peer.test", "delivered": f"rfc822; {ADMIN}"})

    def test_a_delay_is_told_once_and_a_whole_message_comes_back_when_asked(self):
        sender = self.sender(warn_after="1s")
        imap = sender.imap()
        self.addCleanup(imap.logout)
        self.send(sender, ["a@broken.test"], "Subject: slow\r\n\r\nInside\r\n", mail=["RET=FULL"])
        report = wait_for(imap, 1)
        recipient = list(report.iter_parts())[1].get_payload()[1]
        self.assertEqual((recipient["Action"], recipient["Status"][0]), ("delayed", "4"))
        until = email.utils.parsedate_to_datetime(recipient["Will-Retry-Until"])
        arrival = email.utils.parsedate_to_datetime(list(report.iter_parts())[1].get_payload()[0]["Arrival-Date"])
        self.assertEqual(until - arrival, datetime.timedelta(days=5))
        before = self.recipients(sender)["a@broken.test"]
        self.assertTrue(before["warned"])
        self.wait_until(sender, lambda found: found["a@broken.test"]["attempts"] > before["attempts"])
        self.queue(sender, "bounce", "--all")
        report = wait_for(imap, 2)
        self.assertEqual(list(report.iter_parts())[1].get_payload()[1]["Action"], "failed")
        whole = list(report.iter_parts())[2]
        self.assertEqual(whole.get_content_type(), "message/rfc822")
        self.assertEqual(whole.get_content().get_content().strip(), "Inside")


if __name__ == "__main__":
    unittest.main()
