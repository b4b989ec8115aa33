"""What a FETCH response says of a message, in names; and where two of them differ."""

import dataclasses

ENVELOPE = ("date", "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id")


@dataclasses.dataclass(frozen=True)
class Difference:
    path: str  # "envelope.from", "body.2.1.parameters": part numbers as BODY[2.1] counts them
    ours: object
    theirs: object

    @property
    def name(self):
        return self.path.rpartition(".")[2]

    def __str__(self):
        return f"{self.path}: Yubin {self.ours!r}, Dovecot {self.theirs!r}"


def lower(value):
    return value.lower() if isinstance(value, bytes) else value


def parameters(value):
    """Names compare without case, values with it."""
    if not isinstance(value, list):
        return value
    return [(lower(name), text) for name, text in zip(value[::2], value[1::2])]


def disposition(value):
    return [lower(value[0]), parameters(value[1])] if isinstance(value, list) else value


def languages(value):
    return value if isinstance(value, list) or value is None else [value]


def envelope(value, path):
    return {f"{path}.{name}": item for name, item in zip(ENVELOPE, value, strict=True)}


def extensions(found, path, values):
    for name, read, value in zip(("disposition", "language", "location"), (disposition, languages, lambda x: x), values):
        found[f"{path}.{name}"] = read(value)
    found[f"{path}.more"] = values[3:]


def body(value, path):
    """A part and all parts in it, as path -> value."""
    if isinstance(value[0], list):
        children = [item for item in value if isinstance(item, list)][:[isinstance(item, list) for item in value].index(False)]
        rest = value[len(children):]
        found = {f"{path}.type": b"multipart/" + lower(rest[0]), f"{path}.children": len(children),
                 f"{path}.parameters": parameters(rest[1])}
        extensions(found, path, rest[2:])
        for number, child in enumerate(children, 1):
            found |= body(child, f"{path}.{number}")
        return found
    kind = lower(value[0]) + b"/" + lower(value[1])
    found = {f"{path}.type": kind, f"{path}.parameters": parameters(value[2]), f"{path}.id": value[3],
             f"{path}.description": value[4], f"{path}.encoding": lower(value[5]), f"{path}.octets": value[6]}
    rest = value[7:]
    if rest and isinstance(rest[0], list) and len(rest[0]) == len(ENVELOPE):
        found |= envelope(rest[0], f"{path}.envelope")
        found |= body(rest[1], f"{path}.message")
        found[f"{path}.lines"] = rest[2]
        rest = rest[3:]
    elif isinstance(rest[0], int):
        found[f"{path}.lines"] = rest[0]
        rest = rest[1:]
    found[f"{path}.md5"] = rest[0]
    extensions(found, path, rest[1:])
    return found


def read(answer):
    return (envelope(answer[b"ENVELOPE"], "envelope") | body(answer[b"BODYSTRUCTURE"], "body") |
            {"size": answer[b"RFC822.SIZE"]})


def differences(our_answer, their_answer):
    """Where they differ. Of parts that only one of them has, only that they are there."""
    ours, theirs = read(our_answer), read(their_answer)
    return [Difference(path, ours[path], theirs[path]) for path in ours if path in theirs and ours[path] != theirs[path]] + \
           [Difference(path, ours.get(path), theirs.get(path)) for path in sorted(ours.keys() ^ theirs.keys())
            if path.endswith(".type")]
