"""A server as it is installed: made by `yubin init`, run by `yubin serve`, for tests of configuration and start."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

from tests.e2e.server import BINARY, PATIENCE, free_base_port


def run(*arguments, **environment):
    """`yubin ARGUMENTS`, without a server."""
    return subprocess.run([BINARY, *map(str, arguments)], text=True, capture_output=True, timeout=PATIENCE,
                          env={**os.environ, **environment})


class Installed:
    """A folder with configuration and store, as a context manager; `start()` serves it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="yubin-installed-"))
        self.folder.chmod(0o755)  # the server may become a user of its own
        self.config = self.folder / "etc" / "yubin.toml"
        self.store = self.folder / "store"
        self.socket = self.folder / "run" / "admin.sock"
        self.base_port = free_base_port()
        self.process = None
        self.password = None

    def init(self, *more, host="mx.example.test"):
        made = run("init", "--host", host, "--domain", "example.test", "--admin", "admin@example.test",
                   "--config", self.config, "--store", self.store, *more)
        for line in made.stdout.splitlines():
            if line.startswith("password"):
                self.password = line.split()[1]
        return made

    def listen(self, *services):
        """Adds listeners on loopback for (name, standard port), the admin socket, and the folder of backups."""
        text = "".join(f'\n[[listener]]\nservice = "{name}"\naddress = "127.0.0.1:{self.base_port + port}"\n'
                       for name, port in services)
        self.append(f'{text}\n[admin]\nsocket = "{self.socket}"\n'
                    f'\n[backup]\ndirectory = "{self.folder}/backups"\n')

    def append(self, text):
        content = self.config.read_text()
        if text.lstrip().startswith("[admin]") or "\n[admin]" in text:
            content = content.split("\n[admin]")[0] + "\n"
        self.config.write_text(content + text)

    def start(self, **environment):
        """Returns when it is ready; None then, otherwise what it complained about."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([BINARY, "serve", "--config", str(self.config)], stdout=subprocess.PIPE,
                                            stderr=log, env={**os.environ, **environment})
        for line in self.process.stdout:
            if line.startswith(b"ready"):
                return None
        self.process.wait(PATIENCE)
        return self.log()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def events(self, name):
        """The log's lines about an event, as they come, for at most as long as our patience."""
        with subprocess.Popen(["tail", "-n", "+1", "-f", self.folder / "log"], stdout=subprocess.PIPE, text=True) as tail:
            timer = threading.Timer(PATIENCE, tail.kill)
            timer.start()
            try:
                yield from (line for line in tail.stdout if name in line)
            finally:
                timer.cancel()
                tail.kill()

    def ask(self, *arguments):
        return run("--socket", self.socket, *arguments)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        if self.process is not None:
            self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
