"""Two servers of ours and Debian's Postfix, each with domains of its own in a signed zone, write to each other."""

import imaplib
import json
import os
import pathlib
import pwd
import select
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import threading
import unittest

from bench.peers import POSTFIX_MASTER
from tests.e2e.installed import Installed, run
from tests.e2e.server import PATIENCE
from tests.e2e.test_dnssec import KEYS, KNOT, SignedZone
from tests.e2e.test_outgoing import unverified, wait_for
from tests.e2e.test_outgoing_tls import Certificates, StsServer

ONE, TWO, STS, POSTFIX, WEB = "127.0.0.31", "127.0.0.32", "127.0.0.33", "127.0.0.34", "127.0.0.35"
ZONE = "signed.test"


def free_port():
    """That nobody has on any of the addresses."""
    while True:
        with socket.socket() as first:
            first.bind((ONE, 0))
            port = first.getsockname()[1]
            try:
                for address in (TWO, STS, POSTFIX):
                    with socket.socket() as other:
                        other.bind((address, port))
                return port
            except OSError:
                pass


class Site(Installed):
    """A server for NAME.signed.test that takes and sends mail."""

    def __init__(self, name, addresses, test):
        super().__init__()
        self.domain, self.admin = f"{name}.{ZONE}", f"admin@{name}.{ZONE}"
        made = run("init", "--host", f"mx.{self.domain}", "--domain", self.domain, "--admin", self.admin, "--config", self.config,
                   "--store", self.store, "--cert", test.files[name], "--key", test.files[name])
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        self.password = next(line.split()[1] for line in made.stdout.splitlines() if line.startswith("password"))
        self.listen(("submission", 587), ("imaps", 993))
        self.append("".join(f'\n[[listener]]\nservice = "mx"\naddress = "{one}:{test.port}"\n' for one in addresses) +
                    f'\n[outgoing]\nenabled = true\nport = {test.port}\nloopback = true\nmta_sts_port = {test.web.port}\n'
                    f'authorities = "{test.certificates.authority}"\n'
                    f'\n[dns]\nmode = "forward"\nforwarders = ["127.0.0.1@{test.zone.port}"]\ntrust_anchor = "{test.zone.anchor}"\n'
                    f'\n[queue]\nfirst_retry = "1s"\n')
        complaint = self.start()
        if complaint is not None:
            raise RuntimeError(complaint)

    def send(self, to, subject):
        with smtplib.SMTP("127.0.0.1", self.base_port + 587, local_hostname="laptop", timeout=PATIENCE) as client:
            client.starttls()
            client.login(self.admin, self.password)
            client.sendmail(self.admin, [to], f"Subject: {subject}\r\n\r\nHello\r\n")

    def imap(self):
        client = imaplib.IMAP4_SSL("127.0.0.1", self.base_port + 993, ssl_context=unverified(), timeout=PATIENCE)
        client.login(self.admin, self.password)
        return client

    def attempt(self, to):
        """The journal's row about the delivery to an address, once it has succeeded."""
        for line in self.events("deliver.fate"):
            if "fate=delivered" in line and to in line:
                break
        for _ in range(100):  # the line is written a moment before the row
            rows = json.loads(self.ask("trace", "--json", "--kind", "delivery", "--to", to).stdout)["entries"]
            if rows:
                return rows[0]
        raise AssertionError("the journal has no row")


class Postfix:
    """Debian's, for postfix.signed.test, in a folder: takes mail into a Maildir, and sends by authorities' word."""

    def __init__(self, folder, test):
        self.folder, self.port = folder, test.port
        folder.mkdir()
        folder.chmod(0o755)
        for name in ("queue", "etc", "data", "mail"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "mail", "nobody")
        nobody = pwd.getpwnam("nobody")
        there = {"one": ONE, "two": TWO}
        (folder / "etc/transport").write_text("".join(f"{name}.{ZONE} smtp:[{address}]:{test.port}\n" for name, address in there.items()))
        (folder / "etc/tls").write_text("".join(f"[{address}]:{test.port} verify match=mx.{name}.{ZONE}\n"
                                                for name, address in there.items()))
        (folder / "etc/main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.postfix.{ZONE}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
virtual_mailbox_domains = postfix.{ZONE}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
virtual_transport = virtual
transport_maps = texthash:{folder}/etc/transport
smtp_tls_policy_maps = texthash:{folder}/etc/tls
smtp_tls_CAfile = {test.certificates.authority}
smtp_tls_loglevel = 1
smtpd_tls_chain_files = {test.files["postfix"]}
smtpd_tls_security_level = may
""")
        (folder / "etc/master.cf").write_text(POSTFIX_MASTER.format(address=POSTFIX, smtp_port=test.port))

    def __enter__(self):
        subprocess.run(["/usr/sbin/postfix", "-c", self.folder / "etc", "start"], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)
        self.wait_for("daemon started")
        return self

    def wait_for(self, what):
        """The first line of the log that has it."""
        with subprocess.Popen(["tail", "-n", "+1", "-F", self.folder / "log"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True) as tail:
            timer = threading.Timer(PATIENCE, tail.kill)
            timer.start()
            try:
                return next(line for line in tail.stdout if what in line)
            finally:
                timer.cancel()
                tail.kill()

    def send(self, to, subject):
        with smtplib.SMTP(POSTFIX, self.port, local_hostname="laptop", timeout=PATIENCE) as client:
            client.sendmail(f"someone@postfix.{ZONE}", [to], f"Subject: {subject}\r\n\r\nHello\r\n")

    def __exit__(self, *_):
        master = int((self.folder / "queue/pid/master.pid").read_text())
        ended = select.poll()
        descriptor = os.pidfd_open(master)
        ended.register(descriptor, select.POLLIN)
        os.kill(master, signal.SIGTERM)
        ended.poll(PATIENCE * 1000)
        os.close(descriptor)


@unittest.skipUnless(KNOT and KEYS, "no knotd")
class Exchange(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="yubin-exchange-")))
        cls.folder.chmod(0o755)
        cls.port = free_port()
        cls.certificates = Certificates(cls.folder)
        cls.files = {name: cls.certificates.issue(f"mx.{name}.{ZONE}", *more)
                     for name, *more in (("one",), ("two", f"mx.sts.{ZONE}"), ("postfix",))}
        for file in cls.files.values():
            file.write_bytes(file.read_bytes() + cls.certificates.authority.read_bytes())
            file.chmod(0o644)
        web = cls.certificates.issue(f"mta-sts.sts.{ZONE}")
        cls.web = cls.enterClassContext(StsServer(WEB, web, f"version: STSv1\r\nmode: enforce\r\nmx: mx.sts.{ZONE}\r\n"
                                                            "max_age: 86400\r\n"))
        records = "".join(f"{name} MX 10 mx.{name}\nmx.{name} A {address}\n"
                          for name, address in (("one", ONE), ("two", TWO), ("sts", STS), ("postfix", POSTFIX)))
        records += "".join(f"_{cls.port}._tcp.mx.{name} TLSA 3 1 1 {Certificates.tlsa(cls.files[name])}\n"
                           for name in ("one", "two", "postfix"))
        records += f'_mta-sts.sts TXT "v=STSv1; id=1"\nmta-sts.sts A {WEB}\n'
        cls.zone = cls.enterClassContext(SignedZone(cls.folder, records))
        cls.one = cls.enterClassContext(Site("one", [ONE], cls))
        cls.two = cls.enterClassContext(Site("two", [TWO, STS], cls))
        for arguments in (("domain", "add", f"sts.{ZONE}"), ("alias", "add", f"admin@sts.{ZONE}", cls.two.admin)):
            done = cls.two.ask(*arguments)
            assert done.returncode == 0, done.stderr

    def last(self, site, subject):
        imap = site.imap()
        self.addCleanup(imap.logout)
        count = 0
        while True:
            count += 1
            message = wait_for(imap, count)
            if message["Subject"] == subject:
                return message

    def test_to_another_of_ours_by_dane(self):
        self.one.send(self.two.admin, "by DANE")
        self.assertIn("with ESMTPS", self.last(self.two, "by DANE")["Received"])
        row = self.one.attempt(self.two.admin)
        self.assertTrue(row["tls"].startswith("TLSv1.3"), row)
        self.assertEqual(row["facts"]["certificate"], "matches TLSA 3 1 1 (DANE)")
        self.assertEqual(row["recipients"][0]["status"], "2.0.0")

    def test_to_another_of_ours_by_mta_sts(self):
        self.one.send(f"admin@sts.{ZONE}", "by MTA-STS")
        self.last(self.two, "by MTA-STS")
        row = self.one.attempt(f"admin@sts.{ZONE}")
        self.assertIn("MTA-STS", row["facts"]["tls policy"])
        self.assertIn("an authority vouches for", row["facts"]["certificate"])

    def test_the_story_of_a_message_in_order(self):
        self.two.send(self.one.admin, "a story")
        row = self.two.attempt(self.one.admin)
        story = self.two.ask("trace", "--message-id", row["message_id"], "--json")
        kinds = [one["kind"] for one in json.loads(story.stdout)["entries"]]
        self.assertCountEqual(kinds, ["message", "delivery"])
        said = row["recipients"][0]["detail"]
        self.assertIn("250 2.0.0 OK", said)
        self.assertIn(f"delivered {said}", self.two.ask("trace", "--to", self.one.admin).stdout)
        text = self.two.ask("trace", "--id", row["facts"]["accepted as"]).stdout
        told = ["service     submission", "queued 2.0.0: to be sent", "service     remote", said, "matches TLSA 3 1 1 (DANE)"]
        self.assertEqual(sorted(told, key=text.find), told, text)

    @unittest.skipUnless(os.path.exists("/usr/sbin/postfix") and os.geteuid() == 0, "no Postfix, or not as root")
    def test_with_postfix_both_ways(self):
        with Postfix(self.folder / "postfix", self) as postfix:
            self.one.send(f"someone@postfix.{ZONE}", "to Postfix")
            row = self.one.attempt(f"someone@postfix.{ZONE}")
            self.assertEqual(row["facts"]["certificate"], "matches TLSA 3 1 1 (DANE)")
            self.assertIn("Ok: queued as", row["recipients"][0]["detail"])
            postfix.wait_for("status=sent (delivered to maildir)")
            (mail,) = (postfix.folder / "mail/box/new").iterdir()
            self.assertIn("\nSubject: to Postfix\n", mail.read_text())
            postfix.send(self.one.admin, "from Postfix")
            message = self.last(self.one, "from Postfix")
            self.assertIn("with ESMTPS", message["Received"])
            self.assertIn(f"from mx.postfix.{ZONE}", message["Received"])
            postfix.wait_for(f"Verified TLS connection established to {ONE}")


if __name__ == "__main__":
    unittest.main()
