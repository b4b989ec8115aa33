"""`yubin dns show` and `check`: what is shown, published by a real name server (Knot), is found to be right; each record
that is wrong is named."""

import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from tests.e2e.installed import Installed
from tests.e2e.server import BINARY, PATIENCE, Server, free_port
from tests.e2e.test_dnssec import KNOT

ADDRESS = "198.18.0.25"


class NameServer:
    """Zones on a port of loopback: name -> lines, which may be changed while it runs."""

    def __init__(self, folder, zones):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.serial = 1
        self.zones = dict(zones)
        for name in self.zones:
            self.write(name)
        self.config = self.folder / "knot.conf"
        listed = "".join(f"  - domain: {name}\n    storage: {folder}\n    file: {name}zone\n    zonefile-sync: -1\n" for name in self.zones)
        self.config.write_text(f"server:\n    rundir: {folder}\n    listen: 127.0.0.1@{self.port}\n    udp-workers: 1\n    tcp-workers: 1\n"
                               f"    background-workers: 1\nlog:\n  - target: stderr\n    any: info\ndatabase:\n    storage: {folder}\n"
                               f"zone:\n{listed}")

    def write(self, name):
        head = f"$ORIGIN {name}\n$TTL 0\n@ SOA ns.invalid. admin.invalid. {self.serial} 3600 600 86400 0\n@ NS ns.invalid.\n"
        (self.folder / f"{name}zone").write_text(head + self.zones[name])

    def change(self, name, lines):
        """Returns when the new zone is served."""
        self.serial += 1
        self.zones[name] = lines
        self.write(name)
        self.process.send_signal(signal.SIGHUP)
        for line in self.process.stderr:
            self.said += line
            if f"[{name}] loaded, serial" in line and line.rstrip().rstrip(",").split("->")[-1].split(",")[0].strip().startswith(str(self.serial)):
                return
        raise RuntimeError(f"the zone was not loaded: {self.said}")

    def __enter__(self):
        self.process = subprocess.Popen([KNOT, "-c", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.said = ""
        awaited = {"server started", *(f"[{name}] loaded, serial" for name in self.zones)}
        for line in self.process.stderr:
            awaited = {one for one in awaited if one not in line}
            if not awaited:
                break
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE)


class Published:
    """For a test with `names`, a NameServer, and `ask`, which runs `yubin ...` against the server."""

    def check(self):
        done = self.ask("--json", "dns", "check", "example.test")
        findings = json.loads(done.stdout)["findings"]
        findings.sort(key=lambda one: one["verdict"] == "bad")  # of several of a name and type the bad one counts
        return done.returncode, {(one["name"], one["type"]): (one["verdict"], one["detail"]) for one in findings}

    def check_until(self, key, verdict):
        """A zone is not served at once when it is loaded, and an answer is kept for what is left of its second."""
        deadline = time.monotonic() + PATIENCE
        while True:
            code, found = self.check()
            if found[key][0] == verdict or time.monotonic() > deadline:
                return code, found

    def shown(self):
        return json.loads(self.ask("--json", "dns", "show", "example.test").stdout)["records"]

    def publish_what_is_shown(self):
        self.names.change("example.test.", self.ask("dns", "show", "example.test").stdout)
        return self.check_until(("_smtp._tls.example.test.", "TXT"), "good")

    def leave_out_each(self, records):
        """Each record is missing in turn, and named."""
        for number, record in enumerate(records):
            if record["value"] == "0 0 0 ." or record["value"] == "127.0.0.1" and len(self.addresses) > 1:
                continue
            with self.subTest(record["name"] + " " + record["type"]):
                others = [one for place, one in enumerate(records) if place != number]
                self.names.change("example.test.", "".join(f'{one["name"]} {one["type"]} {one["value"]}\n' for one in others))
                wanted = "bad" if record["required"] else "advice"
                code, found = self.check_until((record["name"], record["type"]), wanted)
                self.assertEqual(found[record["name"], record["type"]][0], wanted)
                self.assertEqual(code == 1, any(verdict in ("bad", "unknown") for verdict, _ in found.values()))


@unittest.skipUnless(KNOT, "no knotd")
class DnsRecords(Published, unittest.TestCase):
    addresses = [ADDRESS, "127.0.0.1"]

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="yubin-dns-"))
        self.names = self.enterContext(NameServer(folder, {"test.": "", "example.test.": "", "18.198.in-addr.arpa.": "", "list.test.": ""}))
        self.server = self.enterContext(Installed())
        self.ask = self.server.ask
        self.assertEqual(self.server.init().returncode, 0)
        self.server.listen(("mx", 25), ("submission", 587), ("imaps", 993))
        anchor = self.names.folder / "anchor"
        anchor.write_text("other.invalid. DS 1 13 2 " + "00" * 32 + "\n")
        self.server.append(f'\n[outgoing]\nenabled = true\nloopback = true\n\n[dns]\nmode = "forward"\n'
                           f'forwarders = ["127.0.0.1@{self.names.port}"]\ntrust_anchor = "{anchor}"\n'
                           f'addresses = {json.dumps(self.addresses)}\nissuers = ["ca.test"]\n'
                           f'block_lists = ["list.test"]\nweb_host = "mx.example.test"\n')
        self.assertIsNone(self.server.start())

    def test_what_is_shown_is_right_once_it_is_published_and_each_fault_is_named(self):
        code, before = self.check()
        self.assertEqual(code, 1)
        self.assertEqual(before["example.test.", "MX"][0], "bad")
        self.names.change("18.198.in-addr.arpa.", "25.0 PTR mx.example.test.\n")
        code, found = self.publish_what_is_shown()
        self.assertEqual({key: value for key, value in found.items() if value[0] != "good"}, {})
        self.assertEqual(code, 0)
        records = self.shown()
        self.assertIn(("mx.example.test.", "CAA", '0 issue "ca.test"'), {(one["name"], one["type"], one["value"]) for one in records})
        self.leave_out_each(records)
        # Another authority than ours, at the domain: what stands above the host holds for it.
        others = [one for one in records if one["type"] != "CAA"]
        self.names.change("example.test.", "".join(f'{one["name"]} {one["type"]} {one["value"]}\n' for one in others)
                          + 'example.test. CAA 0 issue "other-ca.test"\n')
        code, found = self.check_until(("mx.example.test.", "CAA"), "bad")
        self.assertEqual((code, found["mx.example.test.", "CAA"]), (1, ("bad", "ca.test may not issue certificates")))

    def test_a_listing_is_told_by_check_and_by_status(self):
        self.names.change("list.test.", "25.0.18.198 A 127.0.0.2\n")
        code, found = self.check_until(("list.test.", "block list"), "bad")
        self.assertEqual(code, 1)
        self.assertEqual(found["list.test.", "block list"], ("bad", f"{ADDRESS} is in it"))
        self.assertIn(f"{ADDRESS} is in it", self.server.ask("status").stdout)


@unittest.skipUnless(KNOT, "no knotd")
class DemoRecords(Published, unittest.TestCase):
    """The demo listens on loopback and on ports of its own, and says so."""

    addresses = ["127.0.0.1"]

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="yubin-dns-"))
        self.names = self.enterContext(NameServer(folder, {"example.test.": ""}))
        self.server = self.enterContext(Server("--dns", f"127.0.0.1:{self.names.port}"))
        self.ask = self.server.run

    def test_what_is_shown_is_right_once_it_is_published_and_each_fault_is_named(self):
        self.assertEqual(self.check()[0], 1)
        code, found = self.publish_what_is_shown()
        self.assertEqual({key: value for key, value in found.items() if value[0] != "good"}, {})
        self.assertEqual(code, 0)
        records = self.shown()
        services = {one["name"]: one["value"] for one in records if one["type"] == "SRV"}
        self.assertEqual(services["_imaps._tcp.example.test."], f'0 1 {self.server.port("IMAPS")} mx.example.test.')
        self.assertEqual(services["_submissions._tcp.example.test."], f'0 1 {self.server.port("SUBMISSIONS")} mx.example.test.')
        self.assertIn(f'listens for it on {self.server.port("SMTP")}', self.ask("dns", "show", "example.test").stdout)
        self.leave_out_each(records)
        self.assertEqual(self.ask("dkim", "check", "example.test").returncode, 0)

    def test_a_name_server_that_is_none_is_refused(self):
        done = subprocess.run([BINARY, "demo", "--dir", self.names.folder / "demo", "--dns", "nobody"], text=True,
                              capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--dns", done.stderr)


if __name__ == "__main__":
    unittest.main()
