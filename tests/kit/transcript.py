"""Transcripts (their format stands in transcript.h) over sockets.

    run(path, connect, variables)

returns None if all went as written; raises Mismatch, whose text is "file:line: what was expected, what came", if not,
and Skipped if the file is only for a bare session. `connect` opens a connection and returns its socket; `variables`
gives USER, PASS, USER2, PASS2, DOMAIN and HOST. `tls` is the ssl.SSLContext for `C! tls`.
"""

import re
import select
import ssl

# Nothing waits for this to pass: it only ends a test whose server says nothing.
PATIENCE = 60

SIGNS = ("C:", 'C"', "S:", "S~", "S*")
EVENTS = ("S! close", "C! close", "C! tls")
ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}


class Mismatch(AssertionError):
    pass


class Skipped(Exception):
    pass


def run(path, connect, variables, tls=None):
    runner = Runner(connect, dict(variables), tls)
    number = 0
    try:
        for number, connection, sign, text in read(path):
            runner.step(connection, sign, text)
        runner.finish()
    except (Mismatch, OSError, ValueError) as error:
        raise Mismatch(f"{path}:{number}: {error or type(error).__name__}") from error
    finally:
        runner.close()


def read(path):
    """All steps as (line number, connection, sign, text)."""
    steps = []
    requirement = None
    with open(path, encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file.read().split("\n"), 1):
            if line == "# only: session":
                raise Skipped(f"{path} is only for a bare session")
            if line.startswith("#"):
                requirement = requirement or line[1:].strip()
            elif line:
                try:
                    steps.append((number, *parse(line)))
                except ValueError as error:
                    raise Mismatch(f"{path}:{number}: {error}") from error
    if not requirement:
        raise Mismatch(f"{path}: names no requirement")
    return steps


def parse(line):
    connection = 1
    if "0" <= line[0] <= "9":
        connection, line = int(line[0]), line[1:]
    if line in EVENTS:
        return connection, line, ""
    if line[:2] not in SIGNS:
        raise ValueError("not a line of a transcript")
    text = line[2:]
    return connection, line[:2], text[1:] if text.startswith(" ") else text


def unescape(text):
    """The bytes of a C" line."""
    out = b""
    at = 0
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
            continue
        letter = text[at + 1 : at + 2]
        at += 2
        if letter in ESCAPES:
            out += ESCAPES[letter]
        elif letter == "x" and re.fullmatch("[0-9A-Fa-f]{2}", text[at : at + 2]):
            out += bytes.fromhex(text[at : at + 2])
            at += 2
        elif letter == "{":
            repeated = re.match(r"(.*?)\}\*([0-9]+)", text[at:])
            if not repeated:
                raise ValueError(r"\{ needs }*COUNT")
            out += unescape(repeated[1]) * int(repeated[2])
            at += repeated.end()
        else:
            raise ValueError("not an escape")
    return out


def replace(text, variables, pattern=False):
    """In a pattern, values stand for themselves, and a $ without a name is the pattern's own."""

    def value(match):
        if match[0] == "$$":
            return r"\$" if pattern else "$"
        name = match[1] or match[2]
        if not name and pattern:
            return "$"
        if name not in variables:
            raise ValueError(f"${name} is not known")
        return re.escape(variables[name]) if pattern else variables[name]

    return re.sub(r"\$\$|\$\{([A-Z0-9_]+)\}|\$([A-Z0-9_]*)", value, text)


class Peer:
    """One connection: what is still to be sent, and what came and is not yet compared."""

    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(PATIENCE)
        self.unsent = b""
        self.came = b""

    def flush(self):
        unsent, self.unsent = self.unsent, b""
        try:
            self.socket.sendall(unsent)
        except (ConnectionError, ssl.SSLError):
            pass  # the server may close while much is sent; what it said before that is compared

    def receive(self):
        """False when the server has closed."""
        try:
            more = self.socket.recv(65536)
        except (ConnectionError, ssl.SSLError):
            more = b""
        self.came += more
        return bool(more)

    def line(self):
        while b"\r\n" not in self.came:
            if not self.receive():
                return None
        line, self.came = self.came.split(b"\r\n", 1)
        return line.decode("utf-8", "backslashreplace")

    def expect_close(self):
        while self.receive():
            pass
        if self.came:
            raise Mismatch(f"expected the connection to be closed, got {self.came!r}")


class Runner:
    def __init__(self, connect, variables, tls):
        self.connect = connect
        self.variables = variables
        self.tls = tls
        self.peers = {}
        self.last_sender = None

    def step(self, connection, sign, text):
        sends = sign in ("C:", 'C"')
        if not sends or connection != self.last_sender:
            self.flush()
        if sends:
            self.last_sender = connection
        peer = self.peers.get(connection)
        if peer is None:
            peer = self.peers[connection] = Peer(self.connect())
        if sign == "C:":
            peer.unsent += replace(text, self.variables).encode() + b"\r\n"
        elif sign == 'C"':
            peer.unsent += unescape(replace(text, self.variables))
        elif sign == "C! tls":
            peer.socket = self.tls.wrap_socket(peer.socket, server_hostname=self.variables["HOST"])
        elif sign == "C! close":
            self.peers.pop(connection).socket.close()
        elif sign == "S! close":
            peer.expect_close()
        else:
            self.expect(peer, sign, replace(text, self.variables, sign == "S~"))

    def expect(self, peer, sign, wanted):
        while True:
            line = peer.line()
            if line is None:
                raise Mismatch(f"expected {wanted!r}, got the end of the connection")
            if self.matches(sign, wanted, line):
                return
            if sign != "S*":
                raise Mismatch(f"expected {wanted!r}, got {line!r}")

    def matches(self, sign, wanted, line):
        if sign == "S:":
            return line == wanted
        if sign == "S*":
            return line == wanted or line.startswith(wanted + " ")
        match = re.fullmatch(re.sub(r"\(\?<(?=[A-Z])", "(?P<", wanted), line)
        if match:
            self.variables.update(match.groupdict())
        return bool(match)

    def flush(self):
        for peer in self.peers.values():
            peer.flush()

    def finish(self):
        self.flush()
        for number, peer in self.peers.items():
            if select.select([peer.socket], [], [], 0)[0]:
                peer.receive()
            if peer.came:
                raise Mismatch(f"more came on {number}: {peer.came!r}")

    def close(self):
        for peer in self.peers.values():
            peer.socket.close()
