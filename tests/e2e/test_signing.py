"""Signing (DKIM): a domain's mail is signed as itself from when its keys are seen in the DNS, and not at all before."""

import json
import re
import unittest

from tests.e2e import other_verifiers
from tests.e2e.installed import run
from tests.e2e.peer import Peer
from tests.e2e.server import PATIENCE
from tests.e2e.test_outgoing import ADMIN, Sender

HOST = "127.0.0.6"
MAIL = ("From: {0}\r\nTo: a@far.test\r\nSubject: =?utf-8?B?5pel5pys?=\r\nDate: Mon, 20 Nov 2023 10:00:00 +0900\r\n"
        "Message-ID: <1@sender.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n日本語  two blanks \r\n\r\n" + "x" * 2000 + "\r\n\r\n")


class Signer(Sender):
    """A server that sends to far.test, with its DNS in a file. `peer` takes what it sends."""

    def __init__(self, peer):
        super().__init__(peer.port)
        self.zone = self.config.parent / "zone"
        self.zone.write_text(f"far.test. MX 10 mx.far.test.\nmx.far.test. A {HOST}\n")

    def keys(self, domain):
        shown = json.loads(self.ask("--json", "dkim", "show", domain).stdout)
        return {key["selector"]: key for key in shown["keys"]}

    def publish(self, *domains):
        """Into the file, which is read at a start."""
        lines = [f'{key["record"]["name"]} TXT {key["record"]["value"]}\n' for one in domains for key in self.keys(one).values()]
        self.zone.write_text(self.zone.read_text() + "".join(lines))
        self.stop()
        self.serve()
        for domain in domains:
            checked = self.ask("dkim", "check", domain)
            if checked.returncode != 0:
                raise AssertionError(checked.stdout + checked.stderr)

    def records(self):
        """Name and text of what is published."""
        out = {}
        for line in self.zone.read_text().splitlines():
            name, kind, value = line.split(" ", 2)
            if kind == "TXT":
                out[name.rstrip(".")] = "".join(re.findall('"([^"]*)"', value))
        return out

    def verdicts(self, message):
        """(d=, result) of each signature, as `yubin check dkim` sees them."""
        path = self.folder / "message.eml"
        path.write_bytes(message)
        done = run("--json", "check", "dkim", path, "--dns", self.zone)
        return json.loads(done.stdout)


class Signing(unittest.TestCase):
    def setUp(self):
        self.peer = Peer(HOST, 0)
        self.addCleanup(self.peer.socket.close)
        self.sender = self.enterContext(Signer(self.peer))
        self.sender.serve()

    def sent(self, author=ADMIN, text=MAIL):
        self.sender.send(["a@far.test"], text.format(author).encode(), mail_options=["BODY=8BITMIME"])
        return self.peer.messages.get(timeout=PATIENCE)[2]

    def test_nothing_is_signed_before_the_records_are_seen(self):
        self.assertNotIn(b"DKIM-Signature", self.sent())
        status = self.sender.ask("status").stdout
        self.assertIn("mail of sender.test is not signed (DKIM): key y", status)
        self.assertIn("not seen in the DNS", status)
        checked = self.sender.ask("dkim", "check", "sender.test")
        self.assertEqual(checked.returncode, 1)
        self.assertIn("there is no such record", checked.stdout)

    def test_each_domain_is_signed_as_itself(self):
        self.sender.publish("sender.test")
        self.assertEqual(re.findall(rb" d=([a-z.]+);", self.sent()), [b"sender.test"] * 2)
        self.assertEqual(self.sender.ask("domain", "add", "second.test").returncode, 0)
        self.assertEqual(self.sender.ask("alias", "add", "me@second.test", ADMIN).returncode, 0)
        # Its keys are made, and waited for; the first domain's key is nothing to it.
        self.assertNotIn(b"DKIM-Signature", self.sent("me@second.test"))
        self.assertIn("mail of second.test is not signed", self.sender.ask("status").stdout)
        self.sender.publish("second.test")
        signed = self.sent("me@second.test")
        self.assertEqual(re.findall(rb" d=([a-z.]+);", signed), [b"second.test"] * 2)
        self.assertNotIn("not signed", self.sender.ask("status").stdout)
        # Who may not speak for a domain gets no signature of it.
        self.assertEqual(self.sender.ask("alias", "remove", "me@second.test").returncode, 0)
        self.assertNotIn(b"DKIM-Signature", self.sent("me@second.test"))

    def test_others_verify_it_and_see_each_change(self):
        self.sender.publish("sender.test")
        message = self.sent()
        self.assertNotIn(b"x" * 1000, message)  # what was recoded was signed as it goes out
        head, body = message.split(b"\r\n\r\n", 1)
        changed = [message.replace(b"From: admin", b"From: Admin"), message.replace(b"a@far", b"b@far"),
                   message.replace(b"10:00", b"10:01"), message.replace(b"<1@", b"<2@"), message.replace(b"charset=utf-8", b"charset=x"),
                   message.replace(b"5pel5pys", b"5pys5pys"), head + b"\r\nReply-To: x@evil.test\r\n\r\n" + body,
                   head + b"\r\nSubject: evil\r\n\r\n" + body, head + b"\r\n\r\nevil\r\n" + body, message + b"evil\r\n"]
        for other in changed:
            self.assertNotEqual(other, message)
        harmless = [b"Received: from x by y; Mon, 20 Nov 2023 11:00:00 +0900\r\n" + message, message + b"\r\n\r\n"]
        messages = [message, *harmless, *changed]
        expected = ["pass"] * 3 + ["fail"] * len(changed)
        keys = self.sender.records()
        texts = [one.decode("latin-1") for one in messages]
        verdicts = {"python3-dkim": other_verifiers.ask({"work": "dkim", "messages": texts, "keys": keys}),
                    "Mail::DKIM": other_verifiers.mail_dkim(messages, keys), "opendkim": other_verifiers.opendkim(messages, keys),
                    "yubin": [self.sender.verdicts(one)["result"] for one in messages]}
        for program, found in verdicts.items():
            self.assertEqual(["pass" if one == "pass" else "fail" for one in found], expected, program)

    def test_rotation_switches_when_the_new_records_are_seen(self):
        self.sender.publish("sender.test")
        old = set(self.sender.keys("sender.test"))
        self.assertEqual(self.sender.ask("dkim", "rotate", "sender.test").returncode, 0)
        self.assertIn("wait for their records", self.sender.ask("dkim", "rotate", "sender.test").stderr)
        states = {name: key["state"] for name, key in self.sender.keys("sender.test").items()}
        self.assertEqual({states[name] for name in old}, {"active"})
        self.assertEqual({state for name, state in states.items() if name not in old}, {"waiting"})
        self.sender.zone.write_text(self.sender.zone.read_text().split("\n", 2)[0] + f"\nmx.far.test. A {HOST}\n")
        self.sender.publish("sender.test")
        states = {name: key["state"] for name, key in self.sender.keys("sender.test").items()}
        self.assertEqual({states[name] for name in old}, {"retired"})
        self.assertEqual({state for name, state in states.items() if name not in old}, {"active"})
        signed = re.findall(rb" s=([a-z0-9-]+);", self.sent())
        self.assertEqual({one.decode() for one in signed}, set(states) - old)

    def test_a_backup_brings_the_keys_back(self):
        self.sender.publish("sender.test")
        self.assertEqual(self.sender.ask("backup", "create", self.sender.folder / "backups").returncode, 0)
        backup = next((self.sender.folder / "backups").iterdir())
        self.sender.stop()
        self.sender.store.rename(self.sender.folder / "gone")
        restored = run("backup", "restore", backup, "--to", self.sender.store)
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.assertEqual((self.sender.store / "signing.key").stat().st_mode & 0o777, 0o600)
        self.sender.serve()
        message = self.sent()
        self.assertEqual(self.sender.verdicts(message)["result"], "pass")
        # With the rows alone nobody can sign.
        self.sender.stop()
        (self.sender.store / "signing.key").unlink()
        self.sender.serve()
        self.assertNotIn(b"DKIM-Signature", self.sent())
        self.assertIn("yubin dkim rotate sender.test", self.sender.ask("status").stdout)


if __name__ == "__main__":
    unittest.main()
