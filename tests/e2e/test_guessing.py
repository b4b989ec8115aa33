"""Guessing of passwords: who guesses is held up and noted, who is known is not held up by others' guesses."""

import base64
import itertools
import json
import socket
import ssl
import threading
import unittest

from tests.e2e.server import PATIENCE, Server

HANAKO = "hanako@example.test"
TARO = "taro@example.test"
GUESSERS = "127.9.1."  # the guesser's network, a /24
GUESSES = 400

# What guessers are told. A password was looked at, or it was not.
LOOKED_AT = ("535 ", "NO [AUTHENTICATIONFAILED]", "-ERR [AUTH]")
NOT_LOOKED_AT = ("454 ", "NO [UNAVAILABLE]", "-ERR [SYS/TEMP]")

# 10 wrong guesses of a network are free; then waits of 1, 2, 4, ... 60 seconds let at most eight more through within
# PATIENCE, and what two hashing threads were busy with when the limit was reached may be one more.
MOST_LOOKED_AT = 10 + 8 + 1


def plain(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


class Client:
    """A connection over TLS from an address of one's own choice, and a login in the service's own way."""

    def __init__(self, server, service, source):
        context = ssl.create_default_context(cafile=server.env["MAIL_CA"])
        tcp = socket.create_connection(("127.0.0.1", server.port(service)), PATIENCE, source_address=(source, 0))
        self.socket = context.wrap_socket(tcp, server_hostname="localhost")
        self.file = self.socket.makefile("rwb")
        self.service = service
        self.line()
        if service == "SUBMISSIONS":
            self.command("EHLO client.example", "250 ")

    def line(self):
        line = self.file.readline().decode()
        if not line:
            raise ConnectionError("closed by the server")
        return line.rstrip("\r\n")

    def send(self, text):
        self.file.write(text.encode() + b"\r\n")
        self.file.flush()

    def command(self, text, last=None):
        """The first line of the answer, or the one that begins with `last`."""
        self.send(text)
        line = self.line()
        while last and not line.startswith(last):
            line = self.line()
        return line

    def login(self, user, password):
        """The last line of the answer, without IMAP's tag."""
        if self.service == "SUBMISSIONS":
            return self.command("AUTH PLAIN " + plain(user, password))
        if self.service == "IMAPS":
            return self.command(f'a LOGIN "{user}" "{password}"', "a ")[2:]
        self.command(f"USER {user}")
        return self.command(f"PASS {password}")

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def login(server, service, source, user, password="secret"):
    with Client(server, service, source) as client:
        return client.login(user, password)


def is_good(answer):
    return answer.startswith(("235 ", "OK ", "+OK"))


class Guesser(threading.Thread):
    """Guesses without a pause, and connects again whenever it is thrown out, until it has had GUESSES answers."""

    numbers = itertools.count()

    def __init__(self, server, service, source):
        super().__init__(daemon=True)
        self.server, self.service, self.source = server, service, source
        self.answers = []
        self.under_way = threading.Event()
        self.error = None

    def run(self):
        try:
            while len(self.answers) < GUESSES:
                with Client(self.server, self.service, self.source) as client:
                    self.guess(client)
        except Exception as error:  # reported by the test
            self.error = error
        self.under_way.set()

    def guess(self, client):
        try:
            while len(self.answers) < GUESSES:
                number = next(self.numbers)
                user = (HANAKO, TARO, f"user{number}@example.test")[number % 3]
                self.answers.append(client.login(user, f"guess {number}"))
                if self.answers[-1].startswith(NOT_LOOKED_AT):
                    self.under_way.set()
        except ConnectionError:
            pass


class Guessing(unittest.TestCase):
    def trace(self, server, *arguments):
        done = server.run("--json", "trace", *arguments, "--kind", "login", "--limit", "1000")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["entries"]

    def test_a_flood_from_one_network_holds_up_only_itself(self):
        with Server("--strict", fast_auth=False) as server:
            # Known here: taro with a password that is remembered, hanako with one that has to be hashed.
            for user, source in ((TARO, "127.0.0.1"), (HANAKO, "127.5.5.5")):
                self.assertTrue(is_good(login(server, "IMAPS", source, user)))
            changed = server.run("account", "passwd", HANAKO, "--password-stdin", stdin="a new one\n")
            self.assertEqual(changed.returncode, 0, changed.stderr)

            services = ("SUBMISSIONS", "IMAPS", "POP3S")
            guessers = [Guesser(server, service, GUESSERS + str(i + 1)) for i, service in enumerate(services)]
            for guesser in guessers:
                guesser.start()
            for guesser in guessers:
                self.assertTrue(guesser.under_way.wait(PATIENCE))
            for service in services:
                self.assertTrue(is_good(login(server, service, "127.0.0.1", TARO)))
                self.assertTrue(is_good(login(server, service, "127.5.5.6", HANAKO, "a new one")))
                self.assertTrue(is_good(login(server, service, "127.77.7.7", TARO)))  # a network seen never before
            for guesser in guessers:
                guesser.join(PATIENCE)
                self.assertIsNone(guesser.error)
                self.assertEqual(len(guesser.answers), GUESSES)

            answers = [answer for guesser in guessers for answer in guesser.answers]
            strange = [answer for answer in answers if not answer.startswith(LOOKED_AT + NOT_LOOKED_AT + ("421 ",))]
            self.assertEqual(strange, [])
            looked_at = sum(answer.startswith(LOOKED_AT) for answer in answers)
            self.assertGreaterEqual(looked_at, 10)
            self.assertLessEqual(looked_at, MOST_LOOKED_AT)

            rows = self.trace(server, "--ip", GUESSERS + "0/24")
            self.assertEqual({row["verdict"] for row in rows}, {"refused", "deferred"})
            self.assertIn("guess", "".join(row["reason"] for row in rows))
            self.assertLess(len(rows), 60)  # not one for each guess
            good = self.trace(server, "--ip", "127.5.5.6")
            self.assertEqual([row["verdict"] for row in good], ["accepted"] * 3)

    def test_an_old_password_that_comes_again_and_again_is_no_guessing(self):
        with Server("--strict") as server:
            for _ in range(5):
                with Client(server, "IMAPS", GUESSERS + "1") as client:
                    for _ in range(10):
                        self.assertIn("AUTHENTICATIONFAILED", client.login(TARO, "an old one"))
            self.assertTrue(is_good(login(server, "IMAPS", GUESSERS + "2", TARO)))

    def test_a_hundred_attempts_on_one_connection_are_cut_short(self):
        with Server() as server:
            for service in ("SUBMISSIONS", "IMAPS", "POP3S"):
                with Client(server, service, "127.0.0.1") as client:
                    answers = []
                    with self.assertRaises(ConnectionError, msg=service):
                        for number in range(100):
                            answers.append(client.login(TARO, f"guess {number}"))
                    self.assertLessEqual(len(answers), 21)
                    self.assertTrue(is_good(login(server, service, "127.0.0.1", TARO)))

    def test_a_megabyte_of_base64_is_refused(self):
        begin = {"SUBMISSIONS": ("AUTH PLAIN", "334 ", "5"), "IMAPS": ("a AUTHENTICATE PLAIN", "+ ", "a BAD"),
                 "POP3S": ("AUTH PLAIN", "+ ", "-ERR")}
        megabyte = "QUFB" * 262144
        with Server() as server:
            for service, (command, go_on, refusal) in begin.items():
                for in_one_line in (True, False):
                    with self.subTest(service=service, in_one_line=in_one_line):
                        with Client(server, service, "127.0.0.1") as client:
                            self.assertTrue(in_one_line or client.command(command).startswith(go_on))
                            answer = self.answer_to(client, f"{command} {megabyte}" if in_one_line else megabyte)
                            self.assertTrue(answer == "closed" or answer.startswith((refusal, "* BYE")), answer)
                        self.assertTrue(is_good(login(server, service, "127.0.0.1", TARO)))

    def answer_to(self, client, line):
        try:
            return client.command(line)
        except OSError:
            return "closed"


if __name__ == "__main__":
    unittest.main()
