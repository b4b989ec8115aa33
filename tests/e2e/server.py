"""A demo server of one's own for a test: started in a temporary folder on free ports, ended with the test."""

import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("YUBIN_BINARY", str(ROOT / "build" / "asan" / "yubin"))
OFFSETS = (24, 25, 110, 143, 465, 587, 993, 995, 4190, 443)

# A test fails when nothing happens for so long; nothing waits for it to pass.
PATIENCE = float(os.environ.get("YUBIN_PATIENCE", "60"))  # seconds; more where the machine has other work


# Below those that the kernel gives to outgoing connections, which come and go (net.ipv4.ip_local_port_range).
BASE_PORTS = (12000, 24000)
PORTS = (28500, 32700)


def free_port():
    """On loopback, for TCP and UDP, right now."""
    for _ in range(200):
        port = random.randrange(*PORTS)
        try:
            with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagram:
                stream.bind(("127.0.0.1", port))
                datagram.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue
    raise RuntimeError("no free port found")


def free_base_port():
    """A base port all of whose services' ports are free right now."""
    for _ in range(200):
        base = random.randrange(*BASE_PORTS)
        try:
            for offset in OFFSETS:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
    raise RuntimeError("no free ports found")


class Server:
    """`yubin demo` as a context manager. `env` holds what it wrote to demo.env."""

    def __init__(self, *options, directory=None, preload=None, fast_auth=True):
        self.owns_directory = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="yubin-test-"))
        self.base_port = free_base_port()
        self.options = ["--password", "secret", *(["--fast-auth"] if fast_auth else []), *options]
        self.preload = preload
        self.process = None
        self.log = None
        self.env = {}

    def start(self):
        command = [BINARY, "demo", "--dir", str(self.directory), "--base-port", str(self.base_port), *self.options]
        environment = dict(os.environ)
        if self.preload:
            environment["LD_PRELOAD"] = str(self.preload)
        self.log = open(self.directory / "test.log", "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env=environment)
        for line in self.process.stdout:
            if line.startswith(b"ready"):
                break
        else:
            raise RuntimeError(f"the server did not start: {self.read_log()}")
        self.env = dict(line.split("=", 1) for line in (self.directory / "demo.env").read_text().splitlines())
        return self

    def port(self, name):
        return int(self.env[name + "_PORT"])

    def read_log(self):
        return (self.directory / "test.log").read_text(errors="replace")

    def stop(self):
        """Ends it as an administrator would; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.log.close()
        return status

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.log.close()

    def restart(self):
        self.stop()
        return self.start()

    def run(self, *arguments, stdin=""):
        """Runs `yubin ARGUMENTS` against this server."""
        return subprocess.run([BINARY, "--socket", self.env["ADMIN_SOCKET"], *arguments], input=stdin, text=True,
                              capture_output=True, timeout=PATIENCE)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.clean_up()
            raise

    def __exit__(self, *_):
        try:
            if self.process.poll() is None:
                status = self.stop()
                if status != 0:
                    raise RuntimeError(f"the server ended with {status}: {self.read_log()}")
        finally:
            if self.process.poll() is None:
                self.kill()
            self.clean_up()

    def clean_up(self):
        if self.owns_directory:
            shutil.rmtree(self.directory, ignore_errors=True)
