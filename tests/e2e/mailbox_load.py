"""A load on mailboxes with a ledger: append, flags, move, expunge, create, rename, delete, each of them whole or not at all."""

import copy
import imaplib
import random
import re
import threading

from tests.e2e import clients

FLAGS = (r"\Seen", r"\Answered", r"\Flagged")


class Boxes:
    """What one session has done below a name of its own: mailbox -> Message-ID -> flags. The command that was under way
    when the connection was lost may have been done or not, so there are two answers that are right."""

    def __init__(self, user, top):
        self.user = user
        self.top = top
        self.acknowledged = {}
        self.under_way = None
        self.commands = 0

    def commit(self):
        self.acknowledged, self.under_way = self.under_way, None
        self.commands += 1

    def faults(self, server):
        """Where the mailboxes are neither as acknowledged nor as they were to become."""
        found = contents(server, self.user, self.top)
        if found in (self.acknowledged, self.under_way):
            return []
        return [f"{self.top} of {self.user}: found {found}, acknowledged {self.acknowledged}, to become {self.under_way}"]


class Session:
    """Commands at random until the connection is lost."""

    def __init__(self, server, boxes, seed):
        self.boxes = boxes
        self.random = random.Random(seed)
        self.client = clients.imap(server, boxes.user)
        self.number = 0

    def run(self, limit):
        self.create()
        for _ in range(limit):
            self.random.choice((self.append, self.append, self.append, self.flags, self.move, self.expunge, self.create,
                                self.rename, self.delete))()

    def do(self, after, command, *arguments):
        self.boxes.under_way = after
        status, data = command(*arguments)
        assert status == "OK", data
        self.boxes.commit()

    def after(self):
        return copy.deepcopy(self.boxes.acknowledged)

    def any_box(self):
        return self.random.choice(sorted(self.boxes.acknowledged))

    def any_of(self, box):
        """A selected mailbox's UID set and Message-IDs; none if it is empty."""
        assert self.client.select(quoted(box))[0] == "OK"
        known = uids(self.client)
        chosen = self.random.sample(sorted(known), self.random.randrange(len(known) + 1))
        return ",".join(str(uid) for uid in chosen), [known[uid] for uid in chosen]

    def create(self):
        self.number += 1
        name = f"{self.boxes.top}/{self.number}"
        after = self.after()
        after[name] = {}
        self.do(after, self.client.create, quoted(name))

    def append(self):
        self.number += 1
        box, message_id = self.any_box(), f"<{self.boxes.top}.{self.number}@load.example>"
        content = f"Message-ID: {message_id}\r\n\r\n" + "x" * self.random.choice((10, 12000, 70000)) + "\r\n"
        after = self.after()
        after[box][message_id] = {FLAGS[0]}
        self.do(after, self.client.append, quoted(box), f"({FLAGS[0]})", None, content.encode())

    def flags(self):
        box = self.any_box()
        uid_set, messages = self.any_of(box)
        if not messages:
            return
        flag, sign = self.random.choice(FLAGS), self.random.choice("+-")
        after = self.after()
        for message in messages:
            (set.add if sign == "+" else set.discard)(after[box][message], flag)
        self.do(after, self.client.uid, "STORE", uid_set, f"{sign}FLAGS.SILENT", f"({flag})")

    def move(self):
        source, target = self.any_box(), self.any_box()
        uid_set, messages = self.any_of(source)
        if not messages or source == target:
            return
        after = self.after()
        for message in messages:
            after[target][message] = after[source].pop(message)
        self.do(after, self.client.uid, "MOVE", uid_set, quoted(target))

    def expunge(self):
        box = self.any_box()
        uid_set, messages = self.any_of(box)
        if not messages:
            return
        marked = self.after()
        for message in messages:
            marked[box][message].add(r"\Deleted")
        self.do(marked, self.client.uid, "STORE", uid_set, "+FLAGS.SILENT", r"(\Deleted)")
        after = self.after()
        for message in messages:
            del after[box][message]
        self.do(after, self.client.expunge)

    def rename(self):
        self.number += 1
        box, name = self.any_box(), f"{self.boxes.top}/{self.number}"
        after = self.after()
        after[name] = after.pop(box)
        self.do(after, self.client.rename, quoted(box), quoted(name))

    def delete(self):
        if len(self.boxes.acknowledged) < 3:
            return
        box = self.any_box()
        after = self.after()
        del after[box]
        self.client.unselect()
        self.do(after, self.client.delete, quoted(box))


def quoted(name):
    return f'"{name}"'


def uids(client):
    """UID -> Message-ID of the selected mailbox."""
    status, data = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    assert status == "OK", data
    parts = [part for part in data if isinstance(part, tuple)]
    return {int(re.search(rb"UID (\d+)", head)[1]): text.split(b":", 1)[1].strip().decode() for head, text in parts}


def contents(server, user, top):
    client = clients.imap(server, user)
    status, data = client.list('""', quoted(top + "/*"))
    assert status == "OK", data
    result = {}
    for name in (line.decode().split('"/" ')[1].strip('"') for line in data if line):
        assert client.select(quoted(name), readonly=True)[0] == "OK"
        status, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        assert status == "OK", data
        result[name] = {}
        for head, text in (part for part in data if isinstance(part, tuple)):
            message_id = text.split(b":", 1)[1].strip().decode()
            assert message_id not in result[name], f"{message_id} is doubled in {name}"
            result[name][message_id] = {flag.decode() for flag in imaplib.ParseFlags(head)}
    client.logout()
    return result


def run_until_lost(server, boxes, seed, limit=10000):
    try:
        Session(server, boxes, seed).run(limit)
    except (OSError, imaplib.IMAP4.error):
        pass


def start(server, all_boxes, seed):
    """A thread for each; they end when the server does."""
    threads = [threading.Thread(target=run_until_lost, args=(server, boxes, f"{seed}.{boxes.top}")) for boxes in all_boxes]
    for thread in threads:
        thread.start()
    return threads
