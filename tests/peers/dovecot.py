"""Dovecot on a loopback port in a scratch folder, started and ended by its pid. Needs root and the package
dovecot-imapd; nothing outside the folder is touched."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PROGRAM = "/usr/sbin/dovecot"
PATIENCE = 60

SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = sdbox:~/mail
first_valid_uid = 1
mail_max_userip_connections = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home={folder}/home/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


class CannotRun(Exception):
    pass


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise CannotRun(f"{what} did not happen within {PATIENCE} s")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Dovecot:
    """A context manager; any user may log in with `password`."""

    password = "secret"

    def __enter__(self):
        if not os.path.exists("/usr/lib/dovecot/imap"):
            raise CannotRun("Dovecot is not installed: apt-get install dovecot-imapd")
        if os.geteuid() != 0:
            raise CannotRun("Dovecot starts as root only")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.port = free_port()
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        self.folder.chmod(0o755)
        for name in ("run", "state", "home"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "home", "dovecot", "dovecot")
        settings = self.folder / "dovecot.conf"
        settings.write_text(SETTINGS.format(folder=self.folder, password=self.password, port=self.port))
        with open(self.folder / "started", "wb") as output:
            done = subprocess.run([PROGRAM, "-c", settings], stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise CannotRun((self.folder / "started").read_text())
        wait_until(lambda: listens(self.port), "the start of Dovecot")

    def version(self):
        return subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout.strip()

    def __exit__(self, *_):
        pid_file = self.folder / "run/master.pid"
        if pid_file.exists():
            pid = int(pid_file.read_text())
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not os.path.exists(f"/proc/{pid}"), f"the end of process {pid}")
        shutil.rmtree(self.folder, ignore_errors=True)
