"""Mail that goes through the server to another one: what a sender's mail server does. The other one is Postfix's
smtp-sink, which takes everything and keeps nothing; both servers have their durable defaults."""

import os
import pathlib
import re
import subprocess

from bench import peers

SINK = "/usr/sbin/smtp-sink"
SENDER = "sender@relay.test"


class Sink:
    """smtp-sink, counting."""

    def __init__(self, port):
        if not os.path.exists(SINK):
            raise peers.CannotRun(f"{SINK} is not installed")
        as_user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen([SINK, *as_user, "-c", f"127.0.0.1:{port}", "1000"], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.said = ""
        peers.wait_until(lambda: peers.listens(port), "the start of smtp-sink")

    def messages(self):
        while part := self.process.stdout.read():
            self.said = (self.said + part.decode())[-1000:]
        counts = re.findall(r"mesg=(\d+)|msgs?=(\d+)", self.said)
        return int(counts[-1][0] or counts[-1][1]) if counts else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()


class SendingYubin(peers.Server):
    """With a store of its own; takes mail on a socket from this machine's programs, and sends to peers on the
    port behind its own."""

    admin = ""
    queue = ""  # an option of [queue]
    patience = 60

    def records(self):
        """Lines of the zone."""
        raise NotImplementedError

    def start(self):
        domain = self.admin.partition("@")[2]
        program = peers.ROOT / "build/release/yubin"
        config = self.folder / "yubin.toml"
        made = subprocess.run([program, "init", "--host", f"mx.{domain}", "--domain", domain, "--admin",
                               self.admin, "--config", config, "--store", self.folder / "store"],
                              capture_output=True, text=True)
        if made.returncode != 0:
            raise peers.CannotRun(made.stderr.strip())
        zone = self.folder / "zone"
        zone.write_text("\n".join(self.records()) + "\n")
        text = config.read_text().split("\n[admin]")[0]
        config.write_text(f'{text}\n\n[[listener]]\nservice = "submission"\naddress = "127.0.0.1:{self.base_port}"\n'
                          f'\n[admin]\nsocket = "{self.folder}/admin.sock"\n'
                          f'\n[outgoing]\nenabled = true\nport = {self.base_port + 1}\nloopback = true\n'
                          f'\n[queue]\n{self.queue}\n\n[dns]\nmode = "static"\nzone = "{zone}"\n')
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen([program, "serve", "--config", config], stdout=subprocess.PIPE, stderr=self.log)
        if not any(line.startswith(b"ready") for line in self.process.stdout):
            raise peers.CannotRun((self.folder / "log").read_text().strip())
        self.processes = peers.Processes([self.process.pid])

    def stop(self):
        if getattr(self, "process", None):
            self.process.terminate()
            self.process.wait(self.patience)
            self.process.stdout.close()
            self.log.close()


class YubinRelay(SendingYubin):
    """Takes mail from this machine's programs, and gives it to the sink."""

    name = "yubin-relay"
    admin = SENDER
    queue = "per_destination = 20"

    def records(self):
        return ["sink.test. MX 10 mx.sink.test.", "mx.sink.test. A 127.0.0.1"]

    def start(self):
        self.where = ["--host", self.folder / "submit.sock", "--port", 1]
        super().start()


class PostfixRelay(peers.Server):
    name = "postfix-relay"

    def start(self):
        if not os.path.exists("/usr/sbin/postfix"):
            raise peers.CannotRun("/usr/sbin/postfix is not installed; make bench installs it with apt-get")
        self.where = ["--port", self.base_port]
        values = {"folder": self.folder, "domain": "relay.test", "address": "127.0.0.1", "smtp_port": self.base_port,
                  "lmtp_port": 1}
        self.folder.chmod(0o755)
        for name in ("queue", "etc", "data"):
            (self.folder / name).mkdir()
        peers.shutil.chown(self.folder / "data", "postfix", "postfix")
        (self.folder / "etc/main.cf").write_text(
            peers.POSTFIX_MAIN.format(**values) + f"relayhost = [127.0.0.1]:{self.base_port + 1}\n"
            "mynetworks = 127.0.0.0/8\nsmtp_tls_security_level = none\ndefault_destination_concurrency_limit = 20\n")
        (self.folder / "etc/master.cf").write_text(peers.POSTFIX_MASTER.format(**values))
        with open(self.folder / "commands.log", "w+") as log:
            done = subprocess.run(["/usr/sbin/postfix", "-c", self.folder / "etc", "start"], stdout=log, stderr=log,
                                  stdin=subprocess.DEVNULL)
            log.seek(0)
            if done.returncode != 0:
                raise peers.CannotRun(f"postfix: {log.read().strip()}")
        peers.wait_until(lambda: peers.listens(self.base_port), "the start of Postfix")
        self.master = int(pathlib.Path(self.folder / "queue/pid/master.pid").read_text())
        self.processes = peers.Processes([self.master])

    def stop(self):
        if getattr(self, "master", None):
            os.kill(self.master, peers.signal.SIGTERM)
            peers.wait_until(lambda: not os.path.exists(f"/proc/{self.master}"), "the end of Postfix")


def relay(measured):
    """From the first connection until the sink has all."""
    is_yubin = isinstance(measured.server, peers.Yubin)
    if not is_yubin and measured.server.name != "maildir":
        raise peers.CannotRun("the same Postfix as in the column before")
    messages = measured.count(20_000 if is_yubin else 4_000)
    base_port = measured.server.base_port + 700
    relay_class = YubinRelay if is_yubin else PostfixRelay
    with Sink(base_port + 1) as sink, relay_class(measured.server.folder.parent, base_port) as server:
        cpu = server.processes.cpu()
        start = os.times().elapsed
        measured.send(*server.where, "--messages", messages, "--connections", 16, "--sizes", 4096, "--domain",
                      "sink.test", "--sender", SENDER)
        peers.wait_until(lambda: sink.messages() >= messages, f"the last of {messages} messages at the sink", 600)
        seconds = os.times().elapsed - start
        return {"rate": messages / seconds, "cpu_ms": (server.processes.cpu() - cpu) * 1000 / messages}
