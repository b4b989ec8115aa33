"""The servers that are measured: each is started in a scratch folder on loopback ports, and ended by its pid."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOMAIN = "example.test"
PASSWORD = "bench-secret"
USERS = 16


class CannotRun(Exception):
    """A peer that is not installed or does not start: a named gap in the table."""


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise CannotRun(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Processes:
    """All processes below some roots, and what they used."""

    def __init__(self, roots):
        self.roots = roots

    def pids(self):
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    parents[int(entry)] = int(stat_fields(entry)[1])
        found = set(self.roots)
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def cpu(self):
        """Seconds, user and system, with children that have ended."""
        ticks = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                ticks += sum(int(field) for field in stat_fields(pid)[11:15])
        return ticks / os.sysconf("SC_CLK_TCK")

    def pss(self):
        """Bytes of memory, shared pages by their share."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
        return total


def stat_fields(pid):
    """/proc/PID/stat from the state on, so that a name with blanks does not shift anything."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


class Server:
    name = ""
    only_delivers = False  # what reads its mail is measured as another server's already
    smtp_port = imap_port = imaps_port = pop3_port = None

    def __init__(self, folder, base_port):
        self.folder = folder / self.name
        self.base_port = base_port

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Yubin(Server):
    name = "yubin"
    label = "Yubin"

    def start(self):
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            [ROOT / "build/release/yubin", "demo", "--dir", self.folder / "demo", "--base-port", str(self.base_port),
             "--password", PASSWORD, "--accounts", str(USERS), "--fast-auth", "--allow-cleartext"],
            stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        environment = self.folder / "demo/demo.env"
        wait_until(lambda: environment.exists() or self.process.poll() is not None, "yubin's start")
        if self.process.poll() is not None:
            raise CannotRun((self.folder / "log").read_text().strip())
        values = dict(line.split("=", 1) for line in environment.read_text().splitlines())
        self.smtp_port, self.imap_port, self.imaps_port = (int(values[key]) for key in
                                                           ("SMTP_PORT", "IMAP_PORT", "IMAPS_PORT"))
        self.pop3_port = int(values["POP3_PORT"]) if "POP3_PORT" in values else None
        self.processes = Processes([self.process.pid])

    def stop(self):
        if getattr(self, "process", None) and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if getattr(self, "log", None):
            self.log.close()


POSTFIX_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.{domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp_port}
message_size_limit = 52428800
smtpd_client_connection_count_limit = 0
"""

POSTFIX_MASTER = """
{address}:{smtp_port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = {format}
mail_max_userip_connections = 0
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home={folder}/mail/%n allow_all_users=yes
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  client_limit = 20000
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
  }}
}}
service pop3-login {{
  service_count = 0
  inet_listener pop3 {{
    port = {pop3_port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service imap {{
  process_limit = 12000
}}
service anvil {{
  client_limit = 40000
}}
service auth {{
  client_limit = 40000
}}
service stats {{
  client_limit = 40000
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
"""


class PostfixDovecot(Server):
    """Postfix 3.7 -> LMTP -> Dovecot 2.3, with Debian's defaults for durability; login processes that are not started
    anew for each client, and a password check without a hash, both in the peers' favour."""

    format = ""
    programs = ("/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/lib/dovecot/lmtp", "/usr/lib/dovecot/imap")

    def start(self):
        for program in self.programs:
            if not os.path.exists(program):
                raise CannotRun(f"{program} is not installed; make bench installs it with apt-get")
        self.smtp_port, self.imap_port, self.imaps_port, self.pop3_port, self.lmtp_port = range(self.base_port,
                                                                                               self.base_port + 5)
        self.values = {"folder": self.folder, "domain": DOMAIN, "password": PASSWORD, "format": self.format,
                       "address": "127.0.0.1", "smtp_port": self.smtp_port, "imap_port": self.imap_port,
                       "imaps_port": self.imaps_port, "pop3_port": self.pop3_port, "lmtp_port": self.lmtp_port}
        self.folder.chmod(0o755)
        self.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-days", "2", "-subj", "/CN=localhost", "-keyout", self.folder / "key.pem", "-out",
                 self.folder / "cert.pem")
        self.start_store()
        self.start_mta()
        wait_until(lambda: listens(self.smtp_port) and listens(self.imap_port) and listens(self.lmtp_port),
                   f"the start of {self.label}")
        self.processes = Processes(self.roots())

    def start_store(self):
        for name in ("run", "state"):
            (self.folder / name).mkdir()
        self.make_folder("mail", "dovecot")
        (self.folder / "dovecot.conf").write_text(DOVECOT.format(**self.values))
        self.run("/usr/sbin/dovecot", "-c", self.folder / "dovecot.conf")

    def start_mta(self):
        for name in ("queue", "etc"):
            (self.folder / name).mkdir()
        self.make_folder("data", "postfix")
        (self.folder / "etc/main.cf").write_text(POSTFIX_MAIN.format(**self.values))
        (self.folder / "etc/master.cf").write_text(POSTFIX_MASTER.format(**self.values))
        self.run("/usr/sbin/postfix", "-c", self.folder / "etc", "start")

    def make_folder(self, name, owner):
        (self.folder / name).mkdir()
        shutil.chown(self.folder / name, owner, owner)

    def run(self, *command):
        # Into a file: the daemons that it leaves behind would keep a pipe open.
        with open(self.folder / "commands.log", "w+") as log:
            done = subprocess.run(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            log.seek(0)
            if done.returncode != 0:
                raise CannotRun(f"{command[0]}: {log.read().strip()}")

    def roots(self):
        pids = []
        for path in (self.folder / "queue/pid/master.pid", self.folder / "run/master.pid"):
            with contextlib.suppress(OSError, ValueError):
                pids.append(int(path.read_text()))
        return pids

    def stop(self):
        for pid in self.roots():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in self.roots():
            wait_until(lambda pid=pid: not os.path.exists(f"/proc/{pid}"), f"the end of process {pid}")


class Maildir(PostfixDovecot):
    name = "maildir"
    label = "Postfix + Dovecot, Maildir"
    format = "maildir:~/Maildir"


class Sdbox(PostfixDovecot):
    name = "sdbox"
    label = "Postfix + Dovecot, sdbox"
    format = "sdbox:~/sdbox"


ALL = (Yubin, Maildir, Sdbox)
