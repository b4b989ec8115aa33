"""Why Yubin and Dovecot may differ: docs/DOVECOT.md has the reasons at length."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    text: str


# Anywhere.
CHARSET = Kind("default charset", "Dovecot adds charset us-ascii to a text that names none")
LINES = Kind("last line", "Yubin counts a last line that has no line end")
BLANKS = Kind("blanks", "Dovecot joins blanks in subjects and names, and keeps those at the ends of other fields")
BORDER = Kind("border", "Dovecot counts the line end before a delimiter to a message that ends in its header section or a multipart")
NO_TYPE = Kind("no type", "Dovecot passes over the other Content- fields of a part without Content-Type")
NO_FIELDS = Kind("no fields", "a message that does not begin with a field is all header to Dovecot, all body to Yubin")

# Where there is an oddity of that kind, and only there.
ADDRESS = Kind("wrong address", "Dovecot says MISSING_MAILBOX, MISSING_DOMAIN or SYNTAX_ERROR and may stop; Yubin reads on")
COMMENT = Kind("comment first", "only Yubin takes a comment before an address as its name")
TYPE = Kind("wrong type", "Dovecot has parts without type; to Yubin what names none is text/plain, and more parameters are read")
PIECES = Kind("wrong pieces", "Dovecot leaves pieces of a value that are not complete as they are; Yubin shows what reads as a name")
FIELD = Kind("wrong field", "Dovecot stops at the first fault in an encoding, disposition or language")
TWICE = Kind("twice", "Dovecot takes the last of two fields, Yubin the first")
HEADER = Kind("header section", "where a header section ends that has no empty line or has what is no field in it")
MULTIPART = Kind("multipart", "a multipart without usable delimiters is an empty multipart to Dovecot, text to Yubin; it finds the delimiters that there are")
ENCODED = Kind("encoded message", "a message with a transfer encoding is a message to Dovecot, a file to Yubin")

ADDRESSES = ("from", "sender", "reply-to", "to", "cc", "bcc")
OF_PART = ("id", "description", "encoding", "md5", "disposition", "language", "location")


def without_blanks(value):
    if isinstance(value, list):
        return [without_blanks(item) for item in value]
    return b" ".join(value.split()) if isinstance(value, bytes) else value


def is_default_charset(difference):
    return difference.name == "parameters" and difference.theirs == (difference.ours or []) + [(b"charset", b"us-ascii")]


def is_last_line(difference):
    return difference.name == "lines" and difference.ours == difference.theirs + 1


def is_border(difference):
    more = {"octets": 2, "lines": 1}.get(difference.name)
    return more is not None and difference.theirs == difference.ours + more


def is_untyped(difference, theirs):
    part = difference.path.rpartition(".")[0]
    return (difference.name in OF_PART and difference.theirs in (None, b"7bit") and
            theirs.get(part + ".parameters") == [(b"charset", b"us-ascii")] and
            all(theirs.get(f"{part}.{name}") in (None, b"7bit") for name in OF_PART))


def general(difference, theirs):
    if is_default_charset(difference):
        return CHARSET
    if is_last_line(difference):
        return LINES
    if is_border(difference):
        return BORDER
    if is_untyped(difference, theirs):
        return NO_TYPE
    if difference.ours and difference.theirs and without_blanks(difference.ours) == without_blanks(difference.theirs):
        return BLANKS
    return None


def is_without_fields(difference):
    return difference.name in ("octets", "lines") and ".message." in difference.path and difference.theirs == 0


def is_encoded_message(difference):
    """A message/rfc822, by its type or as a digest has them, that has a transfer encoding; and what Dovecot sees in it."""
    if difference.path.endswith(".message.type"):
        return difference.ours is None
    return difference.name == "type" and (difference.ours, difference.theirs) == (b"application/octet-stream", b"message/rfc822")


def is_of_type(difference):
    return difference.name in ("type", "parameters", "children", "octets", "lines")


def by_oddity(difference, oddity):
    """The kind of difference that this oddity may lead to, if this is one."""
    match oddity.kind:
        case "address" if difference.name in ADDRESSES:
            return COMMENT if oddity.value.startswith(b"(") and b"(unclosed" not in oddity.value else ADDRESS
        case "Content-Type" if is_of_type(difference):
            return PIECES if b"*" in oddity.value else TYPE
        case "Content-Transfer-Encoding" | "Content-Disposition" | "Content-Language":
            return FIELD if difference.name == oddity.kind.lower().rpartition("-")[2] else None
        case "twice" if difference.name in oddity.value.decode().lower():
            return TWICE
        case "first line" | "fields":
            return HEADER
        case "multipart" if difference.path.startswith("body"):
            return MULTIPART
        case "message" if difference.path.startswith("body") and oddity.value == b"only a header section":
            return MULTIPART
        case "message" if difference.path.startswith("body") and oddity.value in (b"in base64", b"with a transfer encoding"):
            return ENCODED
    return None


def explain(difference, oddity, theirs):
    """The kind of this difference; None if nothing explains it. `theirs`: all of Dovecot's answer."""
    kind = general(difference, theirs) or (by_oddity(difference, oddity) if oddity else None)
    if kind is None and is_without_fields(difference):
        return NO_FIELDS
    if kind is None and is_encoded_message(difference):
        return ENCODED
    return kind
