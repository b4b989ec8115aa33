"""Who is mail from? What the server finds and writes; and SPF and DKIM beside Debian's other programs: python3-spf,
python3-dkim, Mail::DKIM and opendkim say the same of generated records and messages. YUBIN_COMPARE is how many of each
(1000 takes some minutes), YUBIN_COMPARE_SEED which."""

import base64
import json
import os
import pathlib
import random
import re
import smtplib
import ssl
import subprocess
import tempfile
import unittest

from tests.e2e import judged, other_verifiers
from tests.e2e.installed import Installed
from tests.e2e.server import BINARY, PATIENCE

COUNT = int(os.environ.get("YUBIN_COMPARE", "40"))
SEED = int(os.environ.get("YUBIN_COMPARE_SEED", "20261122"))


def check(*arguments, zone, folder):
    path = pathlib.Path(folder) / "zone"
    path.write_text("\n".join(zone) + "\n")
    done = subprocess.run([BINARY, "--json", "check", *arguments, "--dns", str(path)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def txt(name, text):
    return f"{name}. TXT " + " ".join(f'"{text[i:i + 250]}"' for i in range(0, len(text), 250))


class Keys:
    """A key of each kind, and the records in which they are published."""

    def __init__(self, folder):
        rsa = pathlib.Path(folder) / "rsa.pem"
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", rsa, "2048"], check=True, capture_output=True)
        der = subprocess.run(["openssl", "rsa", "-in", rsa, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        ed = pathlib.Path(folder) / "ed.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", ed], check=True)
        public = subprocess.run(["openssl", "pkey", "-in", ed, "-pubout", "-outform", "DER"], check=True,
                                capture_output=True).stdout
        private = subprocess.run(["openssl", "pkey", "-in", ed, "-outform", "DER"], check=True,
                                 capture_output=True).stdout
        # The keys themselves are the last 32 bytes of their DER forms.
        self.private = {"rsa": rsa.read_text(), "ed": base64.b64encode(private[-32:]).decode()}
        self.records = {"rsa._domainkey.one.test": "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode(),
                        "ed._domainkey.one.test": "v=DKIM1; k=ed25519; p=" + base64.b64encode(public[-32:]).decode()}


def random_message(rng):
    words = ["hello", "world", "two  blanks", "tab\tbed", "end ", "", ".", "日本".encode().decode("latin-1"), "x" * 70]
    fields = ["From: a@one.test", "To: b@two.test", f"Subject: {rng.choice(words)}", "Date: Mon, 20 Nov 2023 10:00:00 +0900",
              "Message-ID: <1@one.test>"]
    if rng.random() < 0.5:
        fields.insert(2, "Received: from x\r\n\tby y;\r\n Mon, 20 Nov 2023 10:00:00 +0900")
    if rng.random() < 0.5:
        fields.append("Received: from y by z; Mon, 20 Nov 2023 09:00:00 +0900")
    lines = [" ".join(rng.choice(words) for _ in range(rng.randrange(5))) for _ in range(rng.randrange(6))]
    return "\r\n".join(fields) + "\r\n\r\n" + "".join(line + "\r\n" for line in lines + [""] * rng.randrange(3))


def changed(message, rng):
    """As a relay, a list or a forger changes a message."""
    head, body = message.split("\r\n\r\n", 1)
    how = rng.randrange(9)
    if how == 0:
        return message + "added\r\n"
    if how == 1:
        return message + "\r\n\r\n"
    if how == 2:
        # Not behind the colon: there opendkim, a milter, does not see it.
        return head.replace("Mon, 20", "Mon,  20") + "\r\n\r\n" + body
    if how == 3:
        return head.replace("Subject: ", "SUBJECT: ") + "\r\n\r\n" + body
    if how == 4:
        return head.replace("From: a@", "From: b@") + "\r\n\r\n" + body
    if how == 5:
        return "Received: from new by here; Mon, 20 Nov 2023 11:00:00 +0900\r\n" + message
    if how == 6:
        return head + "\r\n\r\n" + body.replace(" ", "  ")
    if how == 7:
        return head + "\r\nReply-To: evil@evil.test\r\n\r\n" + body
    return message


def random_signed(rng, keys):
    kind = rng.choice(["rsa", "rsa", "ed"])
    names = ["from", "to", "subject", "date", "message-id", "reply-to", "cc"]
    chosen = ["from"] + [name for name in names[1:] if rng.random() < 0.7]
    return {"message": random_message(rng), "selector": kind, "domain": "one.test", "key": keys.private[kind],
            "forms": [rng.choice(["simple", "relaxed"]), rng.choice(["simple", "relaxed"])], "fields": chosen,
            "algorithm": "rsa-sha256" if kind == "rsa" else "ed25519-sha256"}


class Dkim(unittest.TestCase):
    def test_all_say_the_same_of_signed_and_changed_messages(self):
        rng = random.Random(SEED)
        with tempfile.TemporaryDirectory() as folder:
            keys = Keys(folder)
            signed = other_verifiers.ask({"work": "sign", "messages": [random_signed(rng, keys) for _ in range(COUNT)]})
            messages = [changed(message, rng) if rng.random() < 0.6 else message for message in signed]
            raw = [message.encode("latin-1") for message in messages]
            zone = [txt(name, text) for name, text in keys.records.items()]
            ours = []
            for path in other_verifiers.in_files(folder, raw):
                ours.append(check("dkim", path, zone=zone, folder=folder)["result"])
            theirs = {"python3-dkim": other_verifiers.ask({"work": "dkim", "messages": messages, "keys": keys.records}),
                      "Mail::DKIM": other_verifiers.mail_dkim(raw, keys.records),
                      "opendkim": other_verifiers.opendkim(raw, keys.records)}
        self.assertIn("pass", ours)
        self.assertIn("fail", ours)
        for program, verdicts in theirs.items():
            for number, verdict in enumerate(verdicts):
                if program == "Mail::DKIM" and "a=ed25519-sha256" in messages[number]:
                    continue  # Debian's knows RSA only
                self.assertEqual(verdict == "pass", ours[number] == "pass",
                                 f"{program} says {verdict}, we say {ours[number]} of {messages[number]!r}")


def random_term(rng):
    qualifier = rng.choice(["", "", "-", "~", "?"])
    return qualifier + rng.choice([
        "ip4:192.0.2.0/24", "ip4:198.51.100.7", "ip6:2001:db8::/32", "a", "mx", "a:two.test", "mx:two.test/28", "a/24",
        "include:two.test", "include:three.test", "exists:%{i}.list.test", "exists:%{ir}.%{l}.list.test", "ptr:one.test",
        "a:%{d2}", "a:none.test", "include:none.test", "all", "ip4:1.2.3", "nonsense", "a:bad..test", "include:slow.test"])


def random_zone(rng):
    """The same records as a zone file and as a table."""
    table = {"one.test": [["A", "192.0.2.9"], ["MX", [10, "mx.one.test"]]], "mx.one.test": [["A", "203.0.113.9"]],
             "two.test": [["A", "203.0.113.2"], ["MX", [10, "mx.one.test"]]], "slow.test": [["FAIL", ""]],
             "192.0.2.77.list.test": [["A", "127.0.0.2"]], "77.2.0.192.a.list.test": [["A", "127.0.0.2"]],
             "77.2.0.192.in-addr.arpa": [["PTR", "host.one.test"]], "host.one.test": [["A", "192.0.2.77"]]}
    for name in ["one.test", "two.test", "three.test"]:
        terms = [random_term(rng) for _ in range(rng.randrange(4))]
        if rng.random() < 0.2:
            terms.append("redirect=" + rng.choice(["two.test", "three.test", "none.test"]))
        text = " ".join(["v=spf1", *terms, *rng.choice([[], ["-all"], ["~all"], ["?all"]])])
        table.setdefault(name, []).append(["TXT", text])
    lines = []
    for name, records in table.items():
        for kind, value in records:
            if kind == "FAIL":
                lines.append(f"; !fail {name}. TIMEOUT")
            elif kind == "TXT":
                lines.append(txt(name, value))
            elif kind == "MX":
                lines.append(f"{name}. MX {value[0]} {value[1]}.")
            else:
                lines.append(f"{name}. {kind} {value}{'.' if kind == 'PTR' else ''}")
    return table, lines


class Spf(unittest.TestCase):
    def test_pyspf_says_the_same_of_records(self):
        rng = random.Random(SEED)
        checks, ours = [], []
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(COUNT):
                table, lines = random_zone(rng)
                ip = rng.choice(["192.0.2.77", "198.51.100.7", "203.0.113.9", "192.0.2.1", "2001:db8::7"])
                checks.append({"zone": table, "ip": ip, "from": "a@one.test", "helo": "mx.one.test"})
                ours.append(check("spf", "--ip", ip, "--helo", "mx.one.test", "--from", "a@one.test", zone=lines,
                                  folder=folder))
        theirs = other_verifiers.ask({"work": "spf", "checks": checks})
        for number, verdict in enumerate(theirs):
            self.assertEqual(verdict, ours[number]["result"],
                             f"{ours[number]['summary']} ({checks[number]['ip']}, {checks[number]['zone']})")


ZONE = """one.test. TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.one.test. TXT "v=DMARC1; p=reject"
9.2.0.192.in-addr.arpa. PTR mx.one.test.
mx.one.test. A 192.0.2.9
; !fail broken.test. SERVFAIL
; !fail _dmarc.broken.test. SERVFAIL
"""


class Server(unittest.TestCase):
    """What the server writes into the journal and the message."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Installed())
        made = cls.server.init()
        assert made.returncode == 0, made.stderr
        zone = cls.server.config.parent / "zone"
        zone.write_text(ZONE)
        cls.server.listen(("mx", 25), ("imaps", 993))
        cls.server.append(f'\n[dns]\nmode = "static"\nzone = "{zone}"\n{judged.CONFIGURATION}')
        complaint = cls.server.start()
        assert complaint is None, complaint
        cls.received = 0

    def deliver(self, message, sender="a@one.test", ip="192.0.2.9"):
        """The text of the reply to the data, and the message as it stands in the mailbox."""
        reply = judged.bring(self.server.base_port + 25, message, "admin@example.test", sender, ip)
        self.assertTrue(reply.startswith("250"), reply)
        type(self).received += 1
        return reply, judged.stored_message(self.server, self.received)

    def story(self, reply):
        entry = re.search(r"OK (\w+)", reply).group(1)
        shown = self.server.ask("trace", "--id", entry)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        return shown.stdout

    def test_what_is_found_is_in_the_message_and_in_the_journal(self):
        reply, stored = self.deliver("From: a@one.test\nSubject: x\n\nhello")
        results = re.search(r"^Authentication-Results: mx\.example\.test;\r\n(?:\t.*\r\n)+", stored, re.M).group(0)
        for result in ("iprev=pass policy.iprev=192.0.2.9", "spf=pass smtp.mailfrom=one.test", "dkim=none",
                       "dmarc=pass header.from=one.test", "arc=none"):
            self.assertIn(result, results)
        self.assertLess(stored.index("Authentication-Results"), stored.index("Received:"))
        story = self.story(reply)
        self.assertRegex(story, r'spf +pass: one\.test permits 192\.0\.2\.9')
        self.assertRegex(story, r"dmarc +pass: ")
        self.assertRegex(story, r"dkim +none: ")

    def test_it_decides_nothing_yet(self):
        reply, stored = self.deliver("From: a@one.test\n\nforged", ip="198.51.100.7")
        self.assertIn("spf=fail", stored)
        self.assertIn("dmarc=fail (p=reject)", stored)
        self.assertRegex(self.story(reply), r"dmarc +fail: nobody vouches")

    def test_a_failure_of_the_dns_refuses_nothing(self):
        _, stored = self.deliver("From: a@broken.test\n\nx", sender="a@broken.test")
        self.assertIn("spf=temperror", stored)
        self.assertIn("dmarc=temperror", stored)

    def test_without_a_reverse_path_the_helo_name_is_checked(self):
        _, stored = self.deliver("From: a@one.test\n\nx", sender="")
        self.assertIn("spf=none smtp.helo=mx.one.test", stored)

    def test_foreign_results_in_our_name_are_left_out(self):
        mine = "Authentication-Results: mx.example.test; dmarc=pass header.from=bank.test\n"
        folded = "Authentication-Results:\n mx.example.test; dkim=pass header.d=bank.test\n"
        other = "Authentication-Results: mx.other.test; spf=pass smtp.mailfrom=kept.test\n"
        _, stored = self.deliver(mine + folded + other + "From: a@one.test\n\nx")
        self.assertNotIn("bank.test", stored)
        self.assertIn("kept.test", stored)
        self.assertEqual(stored.count("Authentication-Results: mx.example.test"), 1)


class Unchecked(unittest.TestCase):
    """A server that checks nothing writes no results; who trusts those with its name must find none."""

    def test_nobody_else_writes_in_our_name(self):
        server = self.enterContext(Installed())
        made = server.init()
        self.assertEqual(made.returncode, 0, made.stderr)
        server.listen(("mx", 25), ("submissions", 465), ("imaps", 993))
        server.append(f'\n[policy]\nspf = "off"\ndkim = "off"\ndmarc = "off"\n{judged.CONFIGURATION}')
        self.assertIsNone(server.start())
        forged = "Authentication-Results: mx.example.test; dmarc=pass header.from=bank.test\n"
        other = "Authentication-Results: mx.other.test; spf=pass smtp.mailfrom=kept.test\n"
        message = forged + other + "From: admin@example.test\nSubject: x\n\nhello"
        reply = judged.bring(server.base_port + 25, message, "admin@example.test", "a@one.test", "192.0.2.9")
        self.assertTrue(reply.startswith("250"), reply)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with smtplib.SMTP_SSL("127.0.0.1", server.base_port + 465, "laptop", timeout=PATIENCE, context=context) as client:
            client.login("admin@example.test", server.password)
            client.sendmail("admin@example.test", ["admin@example.test"], message.replace("\n", "\r\n").encode())
        for number in (1, 2):
            stored = judged.stored_message(server, number)
            self.assertNotIn("bank.test", stored)
            self.assertIn("kept.test", stored)


if __name__ == "__main__":
    unittest.main()
