"""Mail that claims to be from somebody: what nobody vouches for gets neither reports nor our name on its way on."""

import json
import unittest

from tests.e2e import judged
from tests.e2e.peer import Peer
from tests.e2e.server import free_port
from tests.e2e.test_outgoing import ADMIN, PEER, Sender

GOOD, BAD = "192.0.2.9", "198.51.100.7"
# other.test is hosted too, and wants no DMARC.
ZONE = f"""sender.test. TXT "v=spf1 ip4:{GOOD} -all"
_dmarc.sender.test. TXT "v=DMARC1; p=none"
other.test. TXT "v=spf1 ip4:{GOOD} -all"
one.test. TXT "v=spf1 ip4:{GOOD} -all"
one.test. MX 10 dead.test.
; !fail _dmarc.dept.sender.test. SERVFAIL
"""


class Forged(unittest.TestCase):
    """The peer's address is what a proxy says of it, since loopback is not judged."""

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.server = cls.enterClassContext(Sender(cls.port))
        with open(cls.server.config.parent / "zone", "a") as zone:
            zone.write(ZONE)
        cls.server.append(f'\n[[listener]]\nservice = "mx"\naddress = "127.0.0.1:{cls.server.base_port + 25}"\n'
                          + judged.CONFIGURATION)
        cls.server.serve()
        for command in (["domain", "add", "other.test"], ["alias", "add", "away@sender.test", "friend@peer.test"],
                        ["alias", "add", "both@sender.test", ADMIN, "friend@peer.test"]):
            done = cls.server.ask(*command)
            assert done.returncode == 0, done.stderr

    def deliver(self, author, sender, recipients=("away@sender.test",), ip=BAD, more=""):
        """The reply to the data."""
        return judged.bring(self.server.base_port + 25, f"From: {author}\nSubject: x\n\nhello\n", recipients, sender, ip,
                            parameters=more)

    def reports(self):
        shown = json.loads(self.server.ask("trace", "--json").stdout)
        return [entry for entry in shown["entries"] if entry["service"] == "report"]

    def test_only_who_has_sent_it_is_told_that_it_was_delivered(self):
        for ip, count in ((BAD, 0), (GOOD, 1)):
            reply = self.deliver("x@one.test", "x@one.test", [ADMIN], ip, " NOTIFY=SUCCESS")
            self.assertEqual(reply[:3], "250")
            self.assertEqual(len(self.reports()), count)

    def test_what_only_we_would_vouch_for_is_not_sent_on(self):
        for author, ip, code, status in (("ceo@sender.test", BAD, "550", "5.7.1"),      # its policy says so
                                         ("ceo@mx.sender.test", BAD, "550", "5.7.1"),   # our name is of its organization
                                         ("ceo@dept.sender.test", BAD, "451", "4.4.3"),  # nobody knows
                                         ("ceo@other.test", BAD, "550", "5.7.1"),
                                         ("x@[192.0.2.1], ceo@other.test", BAD, "550", "5.7.1")):
            for sender in ("x@one.test", "", "x@other.test"):
                for recipient in ("away@sender.test", "both@sender.test"):
                    reply = self.deliver(author, sender, [recipient], ip)
                    self.assertEqual((reply[:3], reply[4:9]), (code, status), f"{author} {sender} {reply}")
        # Nothing is wrong with it but that it would leave.
        self.assertEqual(self.deliver("ceo@sender.test", "x@one.test", [ADMIN])[:3], "250")

    def test_what_others_vouch_for_and_what_is_not_ours_is_sent_on(self):
        with Peer(PEER, self.port) as peer:
            for author, sender, ip, leaves in (("ceo@sender.test", "x@sender.test", GOOD, "x@sender.test"),
                                               ("ceo@other.test", "x@other.test", GOOD, "x@other.test"),
                                               ("x@one.test", "x@one.test", BAD, r"SRS0=\w+=\w+=one\.test=x@sender\.test"),
                                               # Who is not vouched for is not believed to write as one of us either.
                                               ("x@one.test", "x@other.test", BAD, r"SRS0=\w+=\w+=other\.test=x@sender\.test"),
                                               ("", "", BAD, "")):
                self.assertEqual(self.deliver(author, sender, ip=ip)[:3], "250")
                self.assertRegex(peer.next()[0], f"^MAIL FROM:<{leaves}>")


if __name__ == "__main__":
    unittest.main()
