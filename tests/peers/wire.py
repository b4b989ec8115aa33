"""A plain IMAP client for comparisons: sends many messages, and reads FETCH responses into Python's lists, bytes (strings
and atoms), integers and None (NIL)."""

import socket

PATIENCE = 120


class Refused(Exception):
    pass


class Client:
    def __init__(self, port, user, password):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.number = 0
        self.command(b"LOGIN %s %s" % (user.encode(), password.encode()))

    def close(self):
        self.command(b"LOGOUT")
        self.cut()

    def cut(self):
        """Gone without a word."""
        self.file.close()
        self.socket.close()

    def command(self, text):
        """The untagged responses, each as its bytes with its literals."""
        self.number += 1
        tag = b"c%d" % self.number
        self.socket.sendall(tag + b" " + text + b"\r\n")
        return self.responses(tag, text)

    def responses(self, tag, text):
        out = []
        while True:
            response = self.response()
            if response.startswith(tag + b" "):
                if not response.startswith(tag + b" OK"):
                    raise Refused(f"{text[:200]!r}: {response!r}")
                return out
            out.append(response)

    def response(self):
        out = b""
        while True:
            line = self.file.readline()
            if not line:
                raise Refused("the server has closed the connection")
            out += line
            size = literal_size(line)
            if size is None:
                return out[:-2]
            out += self.file.read(size)

    def append(self, mailbox, messages):
        """One after the other, none waited for but the last of some."""
        self.number += 1
        for begin in range(0, len(messages), 20):
            some = list(enumerate(messages[begin:begin + 20]))
            for at, content in some:
                self.socket.sendall(b"a%d-%d APPEND %s {%d+}\r\n%s\r\n" % (self.number, begin + at, mailbox.encode(),
                                                                          len(content), content))
            for at, content in some:
                self.responses(b"a%d-%d" % (self.number, begin + at), content)

    def fetch(self, items):
        """Message sequence number -> item -> value, of all messages."""
        found = {}
        for response in self.command(b"FETCH 1:* (%s)" % items.encode()):
            words = response.split(b" ", 3)
            if len(words) == 4 and words[2] == b"FETCH":
                values = parse(words[3])
                found[int(words[1])] = dict(zip(values[::2], values[1::2]))
        return found


def literal_size(line):
    """Of a literal that this line announces, or None."""
    head, brace, size = line[:-2].rpartition(b"{")
    if not line.endswith(b"}\r\n") or not brace or not size[:-1].isdigit():
        return None
    return int(size[:-1])


def parse(text):
    value, at = parse_value(text, 0)
    if at != len(text):
        raise ValueError(f"more follows at {at}: {text!r}")
    return value


def parse_value(text, at):
    begin = text[at:at + 1]
    if begin == b"(":
        return parse_list(text, at + 1)
    if begin == b'"':
        return parse_quoted(text, at + 1)
    if begin == b"{":
        end = text.index(b"}\r\n", at)
        size = int(text[at + 1:end])
        return text[end + 3:end + 3 + size], end + 3 + size
    end = at
    while end < len(text) and text[end] not in b" ()":
        end += 1
    word = text[at:end]
    if not word:
        raise ValueError(f"nothing at {at}: {text!r}")
    if word.upper() == b"NIL":
        return None, end
    return (int(word) if word.isdigit() else word), end


def parse_list(text, at):
    out = []
    while text[at:at + 1] != b")":
        if text[at:at + 1] == b" ":
            at += 1
        value, at = parse_value(text, at)
        out.append(value)
    return out, at + 1


def parse_quoted(text, at):
    out = bytearray()
    while text[at] != ord('"'):
        if text[at] == ord("\\"):
            at += 1
        out.append(text[at])
        at += 1
    return bytes(out), at + 1
