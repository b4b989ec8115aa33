"""`yubin selftest`: a mail is sent and followed until its fate is known."""

import json
import unittest

from tests.e2e import clients
from tests.e2e.server import Server


class SelfTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def test_mail_that_arrives(self):
        result = self.server.run("selftest", "--to", "hanako@example.test")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("sent from postmaster@example.test to hanako@example.test", result.stdout)
        self.assertIn("INBOX", result.stdout)
        with clients.imap(self.server) as imap:
            imap.select("INBOX", readonly=True)
            _, found = imap.search(None, "SUBJECT", '"Test of mail from"')
        self.assertEqual(len(found[0].split()), 1)

    def test_the_story_as_JSON(self):
        result = self.server.run("--json", "selftest", "--to", "taro@example.test", "--from", "hanako@example.test")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["recipients"][0]["fate"], "delivered")

    def test_an_address_that_is_nobodys(self):
        result = self.server.run("selftest", "--to", "nobody@example.test")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no such user", result.stderr)


if __name__ == "__main__":
    unittest.main()
