"""Twenty clients at once do anything at random, and a reference model says what must have come of it.

A keyword belongs to one client, so its last acknowledged STORE says where the keyword is. UIDs tell messages apart, and
each message has a token that only its copies share. Each client also keeps a view of its mailboxes from what the server
tells it, through IDLE and QRESYNC too. Now and then all stop and everything is compared.
"""

import random
import re
import select
import threading

from tests.e2e.server import PATIENCE
from tests.peers import wire

USERS = ("hanako@example.test", "taro@example.test")
BOXES = ("a", "b", "c")
CLIENTS = 20
COMMANDS = 25  # of each client between two comparisons
SOME = 6       # messages that one command touches at most


def numbers(text):
    """A set of UIDs, in its order."""
    for piece in text.split(","):
        first, _, last = piece.partition(":")
        low, high = int(first), int(last or first)
        yield from range(low, high + 1) if low <= high else range(high, low + 1)


def content(token):
    return (f"Subject: {token}\r\nX-Token: {token}\r\n\r\n" + f"The text of {token}.\r\n" * (1 + token * 7919 % 40)).encode()


class Ledger:
    """What the server has acknowledged. Keys are (user, mailbox, UID)."""

    def __init__(self):
        self.lock = threading.Lock()
        self.more = threading.Condition(self.lock)  # tokens are added
        self.tokens = {}     # of all messages that there ever were
        self.copy_of = {}
        self.moved = set()
        self.vanished = set()
        self.deleted = set()  # somebody wanted \\Deleted there, acknowledged or not
        self.commands = 0
        self.faults = []
        self.next_token = 0

    def new_token(self):
        with self.lock:
            self.next_token += 1
            return self.next_token

    def fault(self, what):
        with self.lock:
            self.faults.append(what)

    def may_be_gone(self, key):
        while key is not None:
            if key in self.deleted:
                return True
            key = self.copy_of.get(key)
        return False


class View:
    """One mailbox as a client knows it."""

    def __init__(self):
        self.flags = {}  # by UID
        self.validity = self.modseq = None
        self.exists = 0
        self.last = 0  # it has asked for all up to this UID


class Client:
    def __init__(self, server, ledger, number, seed):
        self.server, self.ledger, self.number = server, ledger, number
        self.random = random.Random(f"{seed}/{number}")
        self.user = USERS[number % len(USERS)]
        self.keyword = f"$c{number}"
        self.mine = {}  # (user, mailbox, UID) -> has it the keyword
        self.views = {}
        self.box = None
        self.connect()
        self.select(BOXES[0])

    def key(self, box, uid):
        return (self.user, box, uid)

    # The connection.

    def connect(self):
        self.wire = wire.Client(self.server.port("IMAP"), self.user, "secret")
        self.command("ENABLE QRESYNC")

    def command(self, text, literal=None):
        """The text of the tagged OK; what is untagged is understood."""
        self.wire.number += 1
        tag = f"s{self.wire.number}".encode()
        self.wire.socket.sendall(tag + b" " + text.encode() + (b"\r\n" if literal is None else b"\r\n" + literal + b"\r\n"))
        with self.ledger.lock:
            self.ledger.commands += 1
        return self.until(tag, text)

    def until(self, tag, text):
        untagged = []
        while True:
            response = self.wire.response()
            if response.startswith(tag + b" "):
                break
            untagged.append(response)
        for one in untagged:
            self.understand(one)
        if not response.startswith(tag + b" OK"):
            self.ledger.fault(f"{self.user} {text}: {response!r}")
        self.untagged = untagged
        return response.decode(errors="replace")

    def understand(self, response):
        words = response.split(b" ", 3)
        view = self.views.get(self.box)
        if view is None:
            return
        if len(words) > 2 and words[2] == b"EXISTS":
            view.exists = int(words[1])
        elif len(words) > 1 and words[1] == b"VANISHED":
            self.vanish(view, response.rsplit(b" ", 1)[1].decode(), earlier=b"(EARLIER)" in response)
        elif len(words) > 3 and words[2] == b"FETCH":
            values = wire.parse(words[3])
            found = dict(zip(values[::2], values[1::2]))
            if b"UID" not in found:
                self.ledger.fault(f"FETCH without UID: {response!r}")
            elif b"FLAGS" in found:
                view.flags[found[b"UID"]] = {flag.decode().lower() for flag in found[b"FLAGS"]}
            if b"MODSEQ" in found:
                view.modseq = max(view.modseq or 0, found[b"MODSEQ"][0])
        elif match := re.search(rb"\[(UIDVALIDITY|HIGHESTMODSEQ) (\d+)", response):
            setattr(view, {b"UIDVALIDITY": "validity", b"HIGHESTMODSEQ": "modseq"}[match[1]], int(match[2]))

    def vanish(self, view, uids, earlier):
        gone = set(numbers(uids))
        if not earlier:
            view.exists -= len(gone)
        for uid in gone:
            view.flags.pop(uid, None)
        with self.ledger.lock:  # EARLIER may name UIDs that this client never knew
            self.ledger.vanished |= {key for uid in gone if (key := self.key(self.box, uid)) in self.ledger.tokens}

    def select(self, box):
        view = self.views.setdefault(box, View())
        self.box = box
        resync = f" (QRESYNC ({view.validity} {view.modseq}))" if view.modseq else ""
        view.exists = 0
        self.command(f"SELECT {box}{resync}")
        if not resync:
            self.catch_up(everything=True)

    def catch_up(self, everything=False):
        view = self.views[self.box]
        if everything or len(view.flags) < view.exists:
            self.command(f"UID FETCH {view.last + 1}:* (FLAGS)")
            view.last = max(view.flags, default=view.last)

    # What it does.

    def run(self):
        for _ in range(COMMANDS):
            self.random.choice((self.append, self.append, self.store, self.store, self.store, self.copy, self.move,
                                self.expunge, self.search, self.fetch, self.idle, self.other, self.reconnect))()

    def some(self):
        known = sorted(self.views[self.box].flags)
        return sorted(self.random.sample(known, min(len(known), self.random.randint(1, SOME))))

    def created(self, box, uid, token, origin=None):
        key = self.key(box, uid)
        with self.ledger.lock:
            if key in self.ledger.tokens:
                self.ledger.faults.append(f"{key} is given twice")
            self.ledger.tokens[key] = token
            self.ledger.copy_of[key] = origin
            self.ledger.more.notify_all()

    def append(self):
        box, token, marked = self.random.choice(BOXES), self.ledger.new_token(), self.random.random() < 0.3
        text = content(token)
        answer = self.command(f"APPEND {box} ({self.keyword if marked else ''}) {{{len(text)}+}}", text)
        if match := re.search(r"\[APPENDUID \d+ (\d+)\]", answer):
            uid = int(match[1])
            self.created(box, uid, token)
            self.mine[self.key(box, uid)] = marked

    def store(self):
        uids = self.some()
        if not uids:
            return
        flag = self.random.choice((self.keyword, self.keyword, r"\Seen", r"\Flagged", r"\Deleted"))
        sign = self.random.choice("+-")
        if flag == r"\Deleted":
            with self.ledger.lock:
                self.ledger.deleted |= {self.key(self.box, uid) for uid in uids}
        silent = self.random.choice(("", ".SILENT"))
        if silent:  # what it asks for, it is not told
            for uid in uids:
                (set.add if sign == "+" else set.discard)(self.views[self.box].flags[uid], flag.lower())
        self.command(f"UID STORE {','.join(map(str, uids))} {sign}FLAGS{silent} ({flag})")
        if flag == self.keyword:
            self.mine |= {self.key(self.box, uid): sign == "+" for uid in uids}

    def transfer(self, verb):
        uids, target = self.some(), self.random.choice([box for box in BOXES if box != self.box])
        if not uids:
            return
        answer = self.command(f"UID {verb} {','.join(map(str, uids))} {target}")
        told = [one.decode(errors="replace") for one in self.untagged] + [answer]
        for match in re.finditer(r"\[COPYUID \d+ ([\d,:]+) ([\d,:]+)\]", "\n".join(told)):
            for source, uid in zip(numbers(match[1]), numbers(match[2]), strict=True):
                origin = self.key(self.box, source)
                self.created(target, uid, self.token_of(origin), origin)
                if origin in self.mine:
                    self.mine[self.key(target, uid)] = self.mine[origin]
                if verb == "MOVE":
                    with self.ledger.lock:
                        self.ledger.moved.add(origin)

    def token_of(self, key):
        """Who made that message has perhaps not yet written it down."""
        with self.ledger.lock:
            if not self.ledger.more.wait_for(lambda: key in self.ledger.tokens, PATIENCE):
                self.ledger.faults.append(f"{key} comes from nowhere")
            return self.ledger.tokens.get(key)

    def copy(self):
        self.transfer("COPY")

    def move(self):
        self.transfer("MOVE")

    def expunge(self):
        uids = self.some()
        self.command(f"UID EXPUNGE {','.join(map(str, uids))}" if uids and self.random.random() < 0.5 else "EXPUNGE")

    def search(self):
        self.command(f"UID SEARCH RETURN (ALL) KEYWORD {self.keyword}")
        match = next((found for one in self.untagged if (found := re.search(rb"ESEARCH.* ALL ([\d,:]+)", one))), None)
        for uid in numbers(match[1].decode()) if match else ():
            if self.mine.get(self.key(self.box, uid), True) is False:
                self.ledger.fault(f"{self.keyword} found at {self.key(self.box, uid)}")

    def fetch(self):
        uids = self.some()[:1]
        if uids:
            self.command(f"UID FETCH {uids[0]} (BODY.PEEK[])")
            for one in self.untagged:
                if b"BODY[]" in one:
                    token = int(re.search(rb"X-Token: (\d+)", one)[1])
                    if content(token) not in one or self.ledger.tokens.get(self.key(self.box, uids[0]), token) != token:
                        self.ledger.fault(f"{self.key(self.box, uids[0])} is another message: {one[:200]!r}")

    def idle(self):
        self.wire.socket.sendall(b"i IDLE\r\n")
        while not (response := self.wire.response()).startswith(b"+"):
            self.understand(response)
        select.select([self.wire.socket], [], [], 0.05)  # somebody else may change something
        self.wire.socket.sendall(b"DONE\r\n")
        self.until(b"i", "IDLE")

    def other(self):
        self.select(self.random.choice(BOXES))
        self.catch_up()

    def reconnect(self):
        if self.random.random() < 0.5:
            self.command("LOGOUT")
        self.wire.cut()
        self.connect()
        self.select(self.box)
        self.catch_up()

    def settle(self):
        self.command("NOOP")
        self.catch_up()


def contents(server, user, box):
    """UID -> (token, flags), by a client of its own."""
    client = wire.Client(server.port("IMAP"), user, "secret")
    client.command(f"EXAMINE {box}".encode())
    found = {}
    for response in client.command(b"UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (X-TOKEN)])"):
        words = response.split(b" ", 3)
        if len(words) > 3 and words[2] == b"FETCH":
            uid = int(re.search(rb"UID (\d+)", words[3])[1])
            flags = set(re.search(rb"FLAGS \(([^)]*)\)", words[3])[1].decode().lower().split())
            found[uid] = (int(re.search(rb"X-Token: (\d+)", words[3])[1]), flags)
    client.close()
    return found


def compare(server, ledger, clients):
    """Where the server, the model and the clients' views do not agree; all clients stand still."""
    faults = list(ledger.faults)
    there = {}
    for user in USERS:
        for box in BOXES:
            found = contents(server, user, box)
            there |= {(user, box, uid): what for uid, what in found.items()}
            for client in clients:
                if client.user == user and client.box == box:
                    view, truth = client.views[box].flags, {uid: flags for uid, (_, flags) in found.items()}
                    faults += [f"{client.keyword} sees {uid} of {box} as {view.get(uid)}, it is {truth.get(uid)}"
                               for uid in sorted(view.keys() | truth.keys()) if view.get(uid) != truth.get(uid)]
    for key, (token, _) in there.items():
        if ledger.tokens.get(key) != token:
            faults.append(f"{key} has token {token}, not {ledger.tokens.get(key)}")
        if key in ledger.moved or key in ledger.vanished:
            faults.append(f"{key} was moved or expunged and is there")
    faults += [f"{key} is lost" for key in ledger.tokens.keys() - there.keys() - ledger.moved if not ledger.may_be_gone(key)]
    for client in clients:
        faults += [f"{client.keyword} at {key} should be {has}" for key, has in client.mine.items()
                   if key in there and (client.keyword in there[key][1]) != has]
    return faults


def side_by_side(calls, ledger):
    def guarded(call):
        try:
            call()
        except Exception as error:  # it would be lost with its thread
            ledger.fault(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(server, seed, goes_on):
    """Rounds while `goes_on()`; at least one. Returns the ledger and the faults."""
    for user in USERS:
        client = wire.Client(server.port("IMAP"), user, "secret")
        for box in BOXES:
            client.command(f"CREATE {box}".encode())
        client.close()
    ledger = Ledger()
    clients = [Client(server, ledger, number, seed) for number in range(CLIENTS)]
    faults = []
    while not faults:
        side_by_side([client.run for client in clients], ledger)
        side_by_side([client.settle for client in clients], ledger)
        faults = compare(server, ledger, clients)
        if not goes_on():
            break
    for client in clients:
        client.wire.cut()
    return ledger, faults
