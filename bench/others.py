"""More peers, for PEERS=all. Their packages displace Postfix and Dovecot, so each is installed from Debian into an overlay of
this machine's files, which only its own processes see (a mount namespace)."""

import os
import signal
import subprocess

from bench import peers

MOUNT = """
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/merged"
mount --rbind /dev "$0/merged/dev"
mount -t proc proc "$0/merged/proc"
exec chroot "$0/merged" sh -ec "$1"
"""
INSTALL = """
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends {packages}
"""


class Overlay:
    """A folder in which this machine's files can be changed without changing them."""

    def __init__(self, folder, packages):
        self.folder = folder
        if folder.exists():
            return
        for name in ("upper", "work", "merged"):
            (folder / name).mkdir(parents=True)
        self.run(INSTALL.format(packages=" ".join(packages)))

    def command(self, script):
        return ["unshare", "--mount", "sh", "-ec", MOUNT, str(self.folder), script]

    def run(self, script):
        done = subprocess.run(self.command(script), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise peers.CannotRun(f"{self.folder.name}: " + (done.stdout + done.stderr)[-300:].strip())

    def start(self, script, log):
        return subprocess.Popen(self.command(script), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def write(self, path, text):
        (self.folder / "upper" / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / "upper" / path).write_text(text)


class InOverlay(peers.Maildir):
    """One program of the pair is in the overlay; the other one is started as ever."""

    packages = ()
    script = ""
    inside = None

    def start_inside(self, files):
        overlay = Overlay(self.folder.parent / f"overlay-{self.name}", self.packages)
        for path, text in files.items():
            overlay.write(path, text.format(**self.values))
        with open(self.folder / "inside.log", "w") as log:
            self.inside = overlay.start(self.script, log)

    def roots(self):
        return super().roots() + ([self.inside.pid] if self.inside else [])

    def stop(self):
        if self.inside:
            # Each of the three ends what it has started.
            self.inside.send_signal(signal.SIGTERM)
            self.inside.wait(30)
            self.inside = None
        super().stop()


EXIM = """
primary_hostname = mx.{domain}
local_interfaces = 127.0.0.1
daemon_smtp_ports = {smtp_port}
disable_ipv6 = true
acl_smtp_rcpt = accept
acl_smtp_data = accept
message_size_limit = 50M
smtp_accept_max = 0
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
begin routers
all:
  driver = manualroute
  transport = lmtp
  route_list = * 127.0.0.1
  self = send
begin transports
lmtp:
  driver = smtp
  protocol = lmtp
  port = {lmtp_port}
  allow_localhost
  hosts_avoid_tls = *
begin retry
* * F,1h,5s
"""


class Exim(InOverlay):
    """All mail of a connection is delivered at once, in its favour; by default it is queued after the tenth."""

    name = "exim"
    label = "Exim + Dovecot, Maildir"
    only_delivers = True
    packages = ("exim4-daemon-light",)
    script = "exec exim4 -bdf -q5s"

    def start_mta(self):
        self.start_inside({"etc/exim4/exim4.conf": EXIM})


SMTPD = """
smtp max-message-size "50M"
smtp limit max-mails 1000000
queue ttl 1d
table users {{ "@" = "mail" }}
listen on 127.0.0.1 port {smtp_port}
action "deliver" lmtp "127.0.0.1:{lmtp_port}" rcpt-to virtual <users>
match from any for domain "{domain}" action "deliver"
"""


class OpenSmtpd(InOverlay):
    name = "opensmtpd"
    label = "OpenSMTPD + Dovecot, Maildir"
    only_delivers = True
    packages = ("opensmtpd",)
    script = "exec smtpd -d -f /etc/smtpd.conf"

    def start_mta(self):
        self.start_inside({"etc/smtpd.conf": SMTPD})


CYRUS = """
configdirectory: /var/lib/cyrus
partition-default: /var/spool/cyrus/mail
cyrus_user: cyrus
admins: cyrus
virtdomains: userid
defaultdomain: localhost
altnamespace: yes
unixhierarchysep: yes
allowplaintext: yes
autocreate_quota: 0
autocreate_post: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN
tls_server_cert: /etc/cyrus-cert.pem
tls_server_key: /etc/cyrus-key.pem
maxmessagesize: 52428800
duplicatesuppression: no
"""

CYRUS_SERVICES = """
START {{
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -r"
}}
SERVICES {{
  imap cmd="/usr/lib/cyrus/bin/imapd -U 100" listen="127.0.0.1:{imap_port}" prefork=2 maxchild=12000
  imaps cmd="/usr/lib/cyrus/bin/imapd -s -U 100" listen="127.0.0.1:{imaps_port}" prefork=2 maxchild=12000
  pop3 cmd="/usr/lib/cyrus/bin/pop3d -U 100" listen="127.0.0.1:{pop3_port}" prefork=0 maxchild=50
  lmtp cmd="/usr/lib/cyrus/bin/lmtpd -a" listen="127.0.0.1:{lmtp_port}" prefork=2 maxchild=100
}}
DAEMON {{
  idled cmd="/usr/lib/cyrus/bin/idled"
}}
EVENTS {{
  checkpoint cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -c" period=30
}}
"""


class Cyrus(InOverlay):
    name = "cyrus"
    label = "Postfix + Cyrus"
    programs = ("/usr/sbin/postfix",)
    packages = ("cyrus-common", "cyrus-imapd", "cyrus-pop3d", "sasl2-bin", "libsasl2-modules-db")
    script = f"""
rm -rf /var/lib/cyrus/* /var/spool/cyrus/mail/* /run/cyrus
install -d -o cyrus -g mail /var/lib/cyrus /var/spool/cyrus/mail /run/cyrus /run/cyrus/socket
chown cyrus:mail /etc/cyrus-*.pem
su -s /bin/sh cyrus -c /usr/lib/cyrus/bin/makedirs
rm -f /etc/sasldb2
for number in $(seq 0 {peers.USERS + 1}); do
  echo {peers.PASSWORD} | saslpasswd2 -p -c -u {peers.DOMAIN} user$number
done
chown cyrus /etc/sasldb2
exec /usr/lib/cyrus/bin/master
"""

    def start_store(self):
        self.start_inside({"etc/imapd.conf": CYRUS, "etc/cyrus.conf": CYRUS_SERVICES,
                           "etc/cyrus-cert.pem": (self.folder / "cert.pem").read_text(),
                           "etc/cyrus-key.pem": (self.folder / "key.pem").read_text()})
        peers.wait_until(lambda: peers.listens(self.lmtp_port) or self.inside.poll() is not None, "the start of Cyrus")


ALL = (Exim, OpenSmtpd, Cyrus)
