"""How much may be sent: who has reached a limit is told which, and when it is over; the administrator sees an alarm."""

import smtplib
import unittest

from tests.e2e.server import Server
from tests.e2e.test_submission import HANAKO, TARO, submissions


class SendingLimits(unittest.TestCase):
    def send(self, server, recipients=(TARO,), sender=HANAKO):
        with submissions(server) as client:
            client.login(sender, "secret")
            return client.sendmail(sender, list(recipients), "Subject: x\r\n\r\nHello\r\n")

    def refusal(self, server, **more):
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as refused:
            self.send(server, **more)
        return refused.exception.recipients[TARO]

    def test_a_limit_of_an_account_holds_over_a_restart_and_raises_an_alarm(self):
        with Server() as server:
            done = server.run("account", "set", HANAKO, "--messages-per-hour", "2", "--recipients-per-day", "3")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("may send  2 messages per hour, 3 recipients per day", server.run("account", "show", HANAKO).stdout)
            self.assertNotIn("ALARM", server.run("status").stdout)
            self.send(server)
            with submissions(server) as client:  # what is not sent does not count
                client.login(HANAKO, "secret")
                client.mail(HANAKO)
                self.assertEqual(client.rcpt(TARO)[0], 250)
                self.assertEqual(client.rcpt("nobody@example.test")[0], 550)
            server.restart()
            self.send(server)
            code, text = self.refusal(server)
            self.assertEqual((code, text[:5]), (450, b"4.7.1"))
            self.assertIn(b"hanako@example.test has reached the limit of 2 messages an hour; more can be sent from", text)
            self.assertEqual(self.send(server, [HANAKO], TARO), {})  # others may
            status = server.run("status").stdout
            self.assertIn("ALARM: hanako@example.test has come to the limit of 2 messages an hour", status)
            found = server.run("trace", "--id", text.decode().split("[")[-1].rstrip("]")).stdout
            self.assertIn("hanako@example.test messages_per_hour", found)
            self.assertEqual(server.run("account", "set", HANAKO, "--messages-per-hour", "none").returncode, 0)
            refused = self.send(server, [TARO, "hanako+1@example.test"])
            self.assertEqual([(code, text[:5]) for code, text in refused.values()], [(450, b"4.7.1")])

    def test_a_message_that_can_never_be_sent_is_refused_for_good(self):
        with Server() as server:
            self.assertEqual(server.run("account", "set", HANAKO, "--recipients-per-hour", "1").returncode, 0)
            refused = self.send(server, ["taro+1@example.test", TARO])
            self.assertEqual([code for code, _ in refused.values()], [550])
            self.assertIn(b"5.7.1 hanako@example.test may send to 1 recipients an hour", refused[TARO][1])


if __name__ == "__main__":
    unittest.main()
