"""How an administrator meets the server: init, serve, config, status, reload, and what is said when something is wrong."""

import imaplib
import json
import signal
import smtplib
import socket
import ssl
import unittest

from tests.e2e.installed import Installed, run
from tests.e2e.server import PATIENCE

SERVICES = (("mx", 25), ("imaps", 993))


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def login(server):
    client = imaplib.IMAP4_SSL("127.0.0.1", server.base_port + 993, ssl_context=unverified(), timeout=PATIENCE)
    client.login("admin@example.test", server.password)
    return client


def greeting(server):
    with smtplib.SMTP("127.0.0.1", server.base_port + 25, timeout=PATIENCE) as client:
        return client.ehlo("client.example")[1].decode()


class InitAndServe(unittest.TestCase):
    def test_one_command_and_the_server_takes_and_shows_mail(self):
        with Installed() as server:
            made = server.init()
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertIn("self-signed", made.stdout)
            self.assertRegex(made.stdout, r"example\.test\. +MX +10 mx\.example\.test\.")
            self.assertEqual(server.config.stat().st_mode & 0o007, 0)
            self.assertEqual((server.config.parent / "tls" / "key.pem").stat().st_mode & 0o007, 0)
            self.assertNotIn(server.password, server.config.read_text())
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            with smtplib.SMTP("127.0.0.1", server.base_port + 25, timeout=PATIENCE) as client:
                client.sendmail("a@client.example", ["admin@example.test"], b"Subject: first\r\n\r\nHello\r\n")
            imap = login(server)
            self.assertEqual(imap.select("INBOX"), ("OK", [b"1"]))
            imap.logout()
            self.assertEqual(server.stop(), 0)

    def test_init_leaves_what_exists_as_it_is(self):
        with Installed() as server:
            self.assertEqual(server.init().returncode, 0)
            before = server.config.read_bytes()
            again = server.init()
            self.assertEqual(again.returncode, 1)
            self.assertIn(f"{server.config} exists already", again.stderr)
            self.assertEqual(server.config.read_bytes(), before)
            server.config.unlink()
            third = server.init()
            self.assertIn("holds mail already", third.stderr)

    def test_init_refuses_what_cannot_be(self):
        with Installed() as server:
            foreign = server.init("--admin", "a@elsewhere.test")
            self.assertNotEqual(foreign.returncode, 0)
            half = server.init("--cert", "/nowhere/cert.pem")
            self.assertEqual(half.returncode, 1)
            self.assertIn("--cert and --key belong together", half.stderr)
            unreadable = server.init("--cert", "/nowhere/cert.pem", "--key", "/nowhere/key.pem")
            self.assertIn("cannot read the certificate file /nowhere/cert.pem", unreadable.stderr)
            self.assertFalse(server.config.exists())

    def test_sockets_are_taken_from_who_starts_it(self):
        with Installed() as server:
            server.init()
            server.listen(("mx", 25))
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", server.base_port + 25))
                listening.listen()
                self.assertIsNone(start_with_socket(server, listening))
            self.assertIn("mx.example.test", greeting(server))


def start_with_socket(server, listening):
    """As systemd does: the socket is descriptor 3, and the process that is started is the one that is named."""
    import os
    import subprocess

    from tests.e2e.server import BINARY

    script = f'exec 3<&{listening.fileno()}; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" serve --config "$1"'
    log = open(server.folder / "log", "ab")
    server.process = subprocess.Popen(["/bin/bash", "-c", script, BINARY, str(server.config)], stdout=subprocess.PIPE,
                                      stderr=log, pass_fds=[listening.fileno()], env=dict(os.environ))
    log.close()
    line = server.process.stdout.readline()
    return None if line.startswith(b"ready") else server.log()


class Status(unittest.TestCase):
    def test_status_and_listeners(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            listeners = json.loads(server.ask("listeners", "--json").stdout)["listeners"]
            self.assertEqual(listeners, [
                {"service": "mx", "address": f"127.0.0.1:{server.base_port + 25}", "tls": "starttls"},
                {"service": "imaps", "address": f"127.0.0.1:{server.base_port + 993}", "tls": "implicit"}])
            status = json.loads(server.ask("status", "--json").stdout)
            self.assertEqual(status["generation"], 1)
            self.assertEqual(status["configuration"], str(server.config))
            certificate = status["certificates"][0]
            self.assertGreater(certificate["days_left"], 600)
            self.assertFalse(certificate["alarm"])
            self.assertGreater(status["space"]["used"], 0)
            self.assertIn("bodies.reclaim", [job["name"] for job in status["jobs"]])
            client = login(server)
            services = {each["service"]: each for each in json.loads(server.ask("status", "--json").stdout)["services"]}
            self.assertEqual(services["imaps"], {"service": "imaps", "connections": 1, "unauthenticated": 0,
                                                 "admitted": 1, "refused": 0})
            self.assertIsNone(services["mx"]["unauthenticated"])
            client.logout()
            text = server.ask("status").stdout
            self.assertIn("days left", text)
            self.assertIn("generation 1", text)


class Reload(unittest.TestCase):
    def test_a_reload_is_felt_by_the_next_connection_and_by_no_earlier_one(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            with smtplib.SMTP("127.0.0.1", server.base_port + 25, timeout=PATIENCE) as old:
                self.assertIn("SIZE 52428800", old.ehlo("client.example")[1].decode())
                server.append('[smtp]\nsize_limit = "1 MiB"\n')
                reloaded = server.ask("reload")
                self.assertEqual(reloaded.stdout, "reloaded, generation 2\n", reloaded.stderr)
                self.assertIn("SIZE 52428800", old.ehlo("client.example")[1].decode())
                self.assertIn("SIZE 1048576", greeting(server))
            self.assertEqual(json.loads(server.ask("status", "--json").stdout)["generation"], 2)

    def test_an_entry_of_the_journal_names_the_settings_that_decided(self):
        def refuse(connection, sender):
            connection.ehlo("client.example")
            connection.mail(sender)
            self.assertEqual(connection.rcpt("nobody@elsewhere.example")[0], 550)
            connection.quit()

        def connect():
            return smtplib.SMTP("127.0.0.1", server.base_port + 25, timeout=PATIENCE)

        def generations():
            text = server.ask("trace", "--kind", "refusal", "--json").stdout
            return {entry["sender"]: entry["generation"] for entry in json.loads(text)["entries"]}

        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            old = connect()
            server.append('[smtp]\nsize_limit = "1 MiB"\n')
            self.assertEqual(server.ask("reload").stdout, "reloaded, generation 2\n")
            refuse(connect(), "new@client.example")
            refuse(old, "old@client.example")
            server.stop()
            self.assertIsNone(server.start())
            refuse(connect(), "after@client.example")
            decided = {"old@client.example": 1, "new@client.example": 2, "after@client.example": 3}
            while generations() != decided:  # the server has yet to see that the connections are over
                self.assertLessEqual(generations().items(), decided.items())
            listed = server.ask("trace", "--from", "after@client.example", "--json").stdout
            story = server.ask("trace", "--id", json.loads(listed)["entries"][0]["id"]).stdout
            self.assertIn("settings    generation 3", story)

    def test_a_wrong_file_is_refused_and_the_server_goes_on(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            right = server.config.read_text()
            server.append('[smtp]\nsize_limti = "1 MiB"\nmax_errors = 0\n')
            refused = server.ask("reload")
            self.assertEqual(refused.returncode, 1)
            line = right.count("\n") + 2
            self.assertIn(f'{server.config}:{line}: there is no option "smtp.size_limti"; did you mean '
                          '"smtp.size_limit"?', refused.stderr)
            self.assertIn(f"{server.config}:{line + 1}: smtp.max_errors must be a number", refused.stderr)
            self.assertIn("SIZE 52428800", greeting(server))
            self.assertEqual(json.loads(server.ask("status", "--json").stdout)["generation"], 1)
            # A signal asks for the same; what comes of it is in the log. The right file then follows by signal too.
            server.process.send_signal(signal.SIGHUP)
            server.config.write_text(right.replace("mx.example.test", "mail.example.test", 1))
            server.process.send_signal(signal.SIGHUP)
            while "mail.example.test" not in greeting(server):
                pass

    def test_what_needs_a_restart_is_named_and_stays_as_it_was(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            text = server.config.read_text().replace(
                f'directory = "{server.store}"', f'directory = "{server.folder}/other"')
            server.config.write_text(text + "\n[reports]\nreceive = false\n")
            reloaded = server.ask("reload")
            self.assertEqual(reloaded.returncode, 0, reloaded.stderr)
            for option in ("store.directory", "reports.receive"):
                self.assertIn(f"{option} has changed and is felt after a restart", reloaded.stdout)
            with smtplib.SMTP("127.0.0.1", server.base_port + 25, timeout=PATIENCE) as client:
                client.ehlo("client.example")
                client.mail("a@client.example")
                self.assertEqual(client.rcpt("dmarc-reports@example.test")[0], 250)

    def test_a_key_that_does_not_fit_is_refused(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            with Installed() as other:
                other.init()
                (server.config.parent / "tls" / "key.pem").write_bytes(
                    (other.config.parent / "tls" / "key.pem").read_bytes())
            refused = server.ask("reload")
            self.assertEqual(refused.returncode, 1)
            self.assertIn("key.pem", refused.stderr)
            login(server).logout()


class SeveralCertificates(unittest.TestCase):
    def test_a_client_gets_the_one_of_the_name_it_asks_for(self):
        with Installed() as server, Installed() as other:
            server.init()
            other.init(host="mail.other.test")
            server.listen(*SERVICES)
            server.append(f'[[certificate]]\nfile = "{other.config.parent}/tls/cert.pem"\n'
                          f'key = "{other.config.parent}/tls/key.pem"\n')
            self.assertIsNone(server.start())
            for made, name in ((server, "mx.example.test"), (other, "mail.other.test")):
                context = ssl.create_default_context(cafile=made.config.parent / "tls" / "cert.pem")
                with socket.create_connection(("127.0.0.1", server.base_port + 993), timeout=PATIENCE) as plain:
                    with context.wrap_socket(plain, server_hostname=name) as secure:
                        self.assertIn(("DNS", name), secure.getpeercert()["subjectAltName"])
            self.assertEqual(len(json.loads(server.ask("status", "--json").stdout)["certificates"]), 2)
            self.assertEqual(server.ask("reload").stdout, "reloaded, generation 2\n")


class WrongAtTheStart(unittest.TestCase):
    def complaint(self, server):
        text = server.start()
        self.assertIsNotNone(text)
        self.assertEqual(server.process.returncode, 1)
        return [line for line in text.splitlines() if line.startswith("yubin: ")]

    def test_typos_are_all_named_with_file_and_line(self):
        # Names that have stood in published set-ups without ever taking effect.
        with Installed() as server:
            server.init()
            server.append('[smptd]\nx = 1\n[imap]\nidle_tiem = "1 h"\n')
            lines = self.complaint(server)
            self.assertEqual(len(lines), 2, lines)
            self.assertIn('there is no section [smptd]; did you mean "smtp"?', lines[0])
            self.assertIn('did you mean "imap.idle_time"?', lines[1])
            checked = run("config", "check", server.config)
            self.assertEqual(checked.returncode, 1)
            self.assertEqual([line for line in checked.stderr.splitlines()], lines)

    def test_a_port_in_use(self):
        with Installed() as server, socket.socket() as other:
            server.init()
            server.listen(*SERVICES)
            other.bind(("127.0.0.1", server.base_port + 993))
            other.listen()
            lines = self.complaint(server)
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(f"imaps: cannot listen on 127.0.0.1:{server.base_port + 993}: address already in use", lines[0])

    def test_a_certificate_without_its_key(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            lines = [line for line in server.config.read_text().splitlines() if not line.startswith("key = ")]
            server.config.write_text("\n".join(lines) + "\n")
            wrong = self.complaint(server)
            self.assertEqual(len(wrong), 1, wrong)
            self.assertIn("tls.certificate is set, but not tls.key", wrong[0])

    def test_a_key_that_cannot_be_read(self):
        # Root reads what its modes forbid, so the file is a folder.
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            key = server.config.parent / "tls" / "key.pem"
            key.unlink()
            key.mkdir()
            wrong = self.complaint(server)
            self.assertEqual(len(wrong), 1, wrong)
            self.assertIn("cannot read the key file", wrong[0])
            self.assertIn("Is a directory", wrong[0])

    def test_a_key_that_is_not_there(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            (server.config.parent / "tls" / "key.pem").unlink()
            lines = self.complaint(server)
            self.assertEqual(len(lines), 1, lines)
            self.assertIn("cannot read the key file", lines[0])

    def test_a_store_that_cannot_be_written(self):
        with Installed() as server:
            server.init()
            server.listen(*SERVICES)
            (server.folder / "file").write_text("")
            server.config.write_text(server.config.read_text().replace(str(server.store), f"{server.folder}/file/store"))
            lines = self.complaint(server)
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(f"cannot make the folder {server.folder}/file/store", lines[0])

    def test_a_store_that_another_server_has_open(self):
        with Installed() as server, Installed() as second:
            server.init()
            server.listen(*SERVICES)
            self.assertIsNone(server.start())
            second.init()
            second.config.write_text(second.config.read_text().replace(str(second.store), str(server.store)))
            second.listen(*SERVICES)
            lines = self.complaint(second)
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(str(server.store), lines[0])

    def test_no_file(self):
        missing = run("serve", "--config", "/nowhere/yubin.toml")
        self.assertEqual(missing.returncode, 1)
        self.assertEqual(missing.stderr, "yubin: cannot read /nowhere/yubin.toml: No such file or directory\n")


class ConfigCommand(unittest.TestCase):
    def test_show_and_explain(self):
        with Installed() as server:
            server.init()
            server.append('[imap]\nidle_time = "45 min"\n')
            shown = run("config", "show", "--effective", "--config", server.config).stdout
            self.assertRegex(shown, r'idle_time = "45 min"  # .*yubin.toml:\d+\n')
            self.assertIn('login_time = "1 min"  # default', shown)
            explained = run("config", "explain", "imap.idle_time", "--config", server.config)
            self.assertIn('Now: "45 min"', explained.stdout)
            wrong = run("config", "explain", "imap.idle", "--config", server.config)
            self.assertEqual(wrong.returncode, 1)
            self.assertEqual(run("config", "check", server.config).returncode, 0)

    def test_the_manual_names_every_command_and_option(self):
        for command in ("yubin init", "yubin serve", "yubin account add", "yubin config explain"):
            self.assertIn(f".SS {command}\n", run("manual", "1").stdout)
        self.assertIn(".B imap.idle_time\n", run("manual", "5").stdout.replace("\\-", "-"))
        self.assertIn('"account") next="', run("completion", "bash").stdout)


if __name__ == "__main__":
    unittest.main()
