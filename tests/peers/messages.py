"""Messages for a comparison. message(seed, number) is the same each time: ordinary, or with exactly one oddity, so that
what two servers read differently has one reason.

Lines end in CR LF and there is no NUL: what becomes of others is decided by how a server stores mail, before anything is
parsed.
"""

import base64
import dataclasses
import random

from tests.peers import oddities


@dataclasses.dataclass(frozen=True)
class Message:
    content: bytes
    oddity: oddities.Oddity | None


SUBJECTS = [
    b"Hello", b"=?UTF-8?B?5p2x5Lqs?=", b"=?ISO-2022-JP?B?GyRCRWw1fhsoQg==?=\r\n =?ISO-2022-JP?B?GyRCRWw1fhsoQg==?=",
    b"quote \" and \\ backslash", b"(no comment)", b"Re: folded\r\n here",
]
DATES = [b"Mon, 2 Jan 2006 15:04:05 -0700", b"2 Jan 06 15:04 GMT", b"Mon, 2 Jan 2006 15:04:05 +0900 (JST)"]
IDENTIFIERS = [b"<1@example.test>", b"<a$b@[192.0.2.1]>"]

ADDRESSES = [
    b"taro@example.test", b"Taro <taro@example.test>", b"\"Taro, Yamada\" <taro@example.test>",
    b"taro@example.test (Taro)", b"Taro (the first) <taro@example.test>", b"<taro@example.test>",
    b"=?UTF-8?B?5p2x5Lqs?= <taro@example.test>", b"\"=?UTF-8?B?5p2x5Lqs?=\" <taro@example.test>",
    b"\"quoted local\"@example.test", b"\"a\\\"b\"@example.test", b"taro@[192.0.2.1]", b"taro@[IPv6:2001:db8::1]", b"a..b@docomo.ne.jp", b"a.@docomo.ne.jp",
    b"<@relay.example,@second.example:taro@example.test>", b"Taro\r\n Yamada <taro@example.test>",
    b"Friends: a@example.test, B <b@example.test>;", b"undisclosed-recipients:;", b"Empty:;",
    b"\"A group\": c@example.test;", b"TARO@EXAMPLE.TEST",
    "東京 <tokyo@example.test>".encode(), b'"' + "東京".encode("iso2022_jp") + b'" <tokyo@example.test>',
    "tarō@例え.test".encode(), b"Taro B. Yamada <t@example.test>",
    b"\"\" <taro@example.test>", b"\"Ta\\\"ro\" <taro@example.test>", b"taro+tag@example.test", b"o'neill@example.test",
]

TYPES = [
    b"text/plain", b"text/html; charset=utf-8", b"TEXT/Plain; Charset=\"ISO-2022-JP\"", b"text/plain; charset=us-ascii",
    b"application/octet-stream", b"image/png; name=\"a.png\"", b"application/pdf; name=a.pdf; x=y",
    b"text/plain; charset=utf-8; format=flowed; delsp=yes", b"text/plain;\r\n charset=utf-8;\r\n name=\"a b.txt\"",
    b"text/plain (a comment); charset=utf-8 (another)", b"application/x-foo; name*=utf-8''%E6%9D%B1.txt",
    b"application/x-foo; name*0=\"a\"; name*1=\"b\"", b"application/x-foo; name*0*=utf-8''%E6; name*1*=%9D%B1",
    b"application/x-foo; name=\"=?UTF-8?B?5p2x?=\"", b"text/plain; charset=\"a\\\"b\\\\c\"", b"text/plain; name=\"\"",
    b"text/vnd.latex-z", b"x-own/x-type; a=1; b=2; c=3",
]

FIELDS = {
    b"Content-Transfer-Encoding": [b"7bit", b"8bit", b"binary", b"BASE64", b"quoted-printable"],
    b"Content-Disposition": [b"inline", b"attachment", b"ATTACHMENT; FileName=\"a.txt\"",
                             b"attachment; filename*=utf-8''%E6%9D%B1.txt",
                             b"attachment; filename=\"=?UTF-8?B?5p2x?=\"; size=5", b"form-data; name=x"],
    b"Content-ID": IDENTIFIERS,
    b"Content-Description": [b"A picture", b"=?UTF-8?B?5p2x5Lqs?="],
    b"Content-Language": [b"ja", b"en, ja", b"en-GB"],
    b"Content-Location": [b"http://example.test/"],
    b"Content-MD5": [b"Q2hlY2sgSW50ZWdyaXR5IQ=="],
}
TEXTS = [b"", b"Hello\r\n", b"no line end", b"\r\n", b"\r\n\r\n", b"a\r\nb\r\nc", "東京\r\n".encode(),
         b"-- \r\nsignature\r\n", b"--not a boundary\r\n", b"Subject: not a field\r\n\r\nx\r\n", b"x" * 3000 + b"\r\n",
         b"From the start\r\n", b".\r\n..\r\n"]
BOUNDARIES = [b"b", b"=_next", b"a b c", b"(x)", b"'b'", b"----=_Part_1.2", b"B" * 60, b"x:y?", b"0"]


def message(seed, number):
    """Seven of ten are odd, each oddity in its turn."""
    chance = random.Random(f"{seed}/{number}")
    turn = number // 10 * 7 + number % 10
    oddity = oddities.ALL[turn % len(oddities.ALL)] if number % 10 < 7 else None
    return Message(Writer(chance, oddity).message(), oddity)


class Writer:
    """Writes one message. The oddity, if there is one, is put where it first fits: that is in the message's own header
    section, or in the first part that it can be in."""

    def __init__(self, chance, oddity):
        self.chance = chance
        self.oddity = oddity
        self.boundaries = 0

    def one_in(self, n):
        return self.chance.random() * n < 1

    def take(self, kind, *values):
        """The oddity's value if it is of that kind (and one of these values) and stands nowhere yet."""
        oddity = self.oddity
        if oddity is None or oddity.kind != kind or (values and oddity.value not in values):
            return None
        self.oddity = None
        return oddity.value

    def message(self):
        first_line = self.take("first line")
        fault = self.take("fields")
        fields, body = self.any_message(0)
        if first_line is not None:
            fields.insert(0, first_line + b"\r\n")
        if fault in (b"blank before the colon", b"no blank after the colon"):
            fields = [field.replace(b": ", b" : " if fault.startswith(b"blank") else b":", 1) for field in fields]
        if fault == b"cut in a field":
            return b"".join(fields) + b"X-Cut: here"
        if fault == b"no body":
            return b"".join(fields)
        return b"".join(fields) + (b"" if fault == b"no empty line" else b"\r\n") + body

    def any_message(self, depth):
        fields = self.envelope(depth)
        part_fields, body = self.part(depth)
        fields += part_fields
        if self.one_in(3):
            self.chance.shuffle(fields)
        if twice := self.take("twice"):
            fields = [field for field in fields if not field.lower().startswith(twice.lower() + b":")]
            first, second = SECOND.get(twice, (b"first@example.test", b"second@example.test"))
            fields += [twice + b": " + first + b"\r\n", twice + b": " + second + b"\r\n"]
        return fields, body

    def field(self, name, values, share):
        """A field as a list: perhaps none."""
        value = self.take(name.decode())
        if value is None:
            if self.chance.random() >= share:
                return []
            value = self.chance.choice(values)
        if self.one_in(10):
            name = self.chance.choice((name.lower(), name.upper()))
        return [name + b": " + value + b"\r\n"]

    def envelope(self, depth):
        fields = self.field(b"Date", DATES, 0.9) + self.field(b"Subject", SUBJECTS, 0.9)
        for name, share in ((b"From", 0.9), (b"Sender", 0.2), (b"Reply-To", 0.2), (b"To", 0.8), (b"Cc", 0.3),
                            (b"Bcc", 0.1)):
            odd = self.take("address")
            if odd is not None or self.chance.random() < share:
                fields.append(name + b": " + self.addresses(odd) + b"\r\n")
        return fields + self.field(b"Message-ID", IDENTIFIERS, 0.8) + self.field(b"In-Reply-To", IDENTIFIERS, 0.3)

    def addresses(self, odd):
        if odd is not None and self.one_in(2):
            return odd
        items = [self.chance.choice(ADDRESSES) for _ in range(self.chance.choice((1, 1, 1, 2, 3)))]
        if odd is not None:
            items.insert(self.chance.randrange(len(items) + 1), odd)
        return self.chance.choice((b", ", b",", b",\r\n ")).join(items)

    def part(self, depth):
        """The fields of a part and its body."""
        wanted = self.oddity.kind if self.oddity else None
        kind = self.chance.random()
        if wanted == "multipart" or (wanted != "message" and depth < 5 and kind < 0.35):
            content_type, body = self.multipart(depth)
        elif wanted == "message" or (depth < 5 and kind < 0.5):
            content_type, body = self.embedded(depth)
        else:
            content_type = self.take("Content-Type")
            if content_type is None:
                content_type = None if self.one_in(10) else self.chance.choice(TYPES)
            body = self.chance.choice(TEXTS)
        fields = [] if content_type is None else [b"Content-Type: " + content_type + b"\r\n"]
        if depth == 0 and self.one_in(2):
            fields.append(b"MIME-Version: 1.0\r\n")
        for name, values in FIELDS.items():
            composite = name == b"Content-Transfer-Encoding" and (content_type or b"")[:5].lower() in (b"multi", b"messa")
            if not composite:
                fields += self.field(name, values, 0.2)
        if body.startswith(BASE64):
            body = body[len(BASE64):]
            fields.append(b"Content-Transfer-Encoding: base64\r\n")
        return fields, body

    def boundary(self):
        self.boundaries += 1
        return b"%d_" % self.boundaries + self.chance.choice(BOUNDARIES)  # none begins with another

    def multipart(self, depth):
        fault = self.take("multipart") if depth > 0 or self.one_in(2) else None
        boundary = named = self.boundary()
        subtype = self.chance.choice((b"mixed", b"alternative", b"related", b"digest", b"Report", b"x-own", b"signed"))
        form = self.chance.choice((b"; boundary=\"%s\"", b";\r\n BOUNDARY=\"%s\""))
        match fault:
            case b"no boundary":
                form = b"%.0s"
            case b"an empty boundary":
                named = b""
            case b"a boundary that does not occur":
                named = b"elsewhere"
            case b"boundary ends in a blank":
                named += b" "
            case b"boundary in RFC 2231's way":
                form, boundary = b"; boundary*=utf-8''%s", b"abc"
                named = boundary
            case b"boundary of 71 characters":
                boundary = named = b"B" * 71
            case b"digest with parts that have types":
                subtype = b"digest"
        content_type = b"multipart/" + subtype + form % named
        if self.one_in(4):
            content_type += b"; type=\"text/html\""
        body = self.chance.choice((b"", b"", b"A preamble.\r\n", b"\r\n")) + self.parts(depth, boundary, fault)
        if fault == b"transfer encoding base64":
            body = BASE64 + body
        return content_type, body

    def parts(self, depth, boundary, fault):
        if fault == b"no part":
            return b""
        if fault == b"closed at once":
            return b"--%s--\r\n" % boundary
        if fault == b"20 levels":
            return nested(boundary, 20)
        texts = [self.part_text(depth, boundary, fault)]
        for _ in range(99 if fault == b"100 parts" else self.chance.choice((0, 1, 1, 2))):
            texts.append(self.part_text(5 if fault == b"100 parts" else depth, boundary, None))
        behind = {b"delimiter with more behind it": b"x", b"delimiter with blanks behind it": b" \t "}.get(fault, b"")
        body = b"".join(b"--" + boundary + behind + b"\r\n" + text + b"\r\n" for text in texts)
        end = b"--" + boundary + b"--" + self.chance.choice((b"\r\n", b"", b"\r\nAn epilogue.\r\n"))
        match fault:
            case b"not closed":
                return body
            case b"cut in a delimiter":
                return body + b"--" + boundary[:-1]
            case b"closed twice":
                return body + b"--%s--\r\n--%s--\r\n" % (boundary, boundary)
            case b"more after the end":
                return body + b"--%s--\r\n" % boundary + body
        return body + end

    def part_text(self, depth, boundary, fault):
        inner = {b"inner has the outer's boundary": boundary, b"inner's boundary begins with the outer's": boundary + b"x",
                 b"outer's boundary begins with the inner's": boundary[:-1] + b"", b"inner not closed": b"inside"}.get(fault)
        if inner is not None:
            end = b"" if fault == b"inner not closed" else b"--%s--\r\n" % inner
            return (b"Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n\r\none\r\n--%s\r\n\r\ntwo\r\n" %
                    (inner, inner, inner)) + end
        if fault == b"a part without an empty line":
            return b"Content-Type: text/html\r\n<p>at once\r\n"
        if fault == b"an empty part":
            return b""
        fields, body = self.part(depth + 1)
        return b"".join(fields) + b"\r\n" + body

    def embedded(self, depth):
        fault = self.take("message")
        fields, body = self.any_message(depth + 1)
        inner = b"".join(fields) + b"\r\n" + body
        match fault:
            case b"in base64":
                inner = BASE64 + base64.encodebytes(inner).replace(b"\n", b"\r\n")
            case b"with a transfer encoding":
                inner = BASE64 + inner
            case b"empty":
                inner = b""
            case b"only a header section":
                inner = b"".join(fields)
            case b"no header section":
                inner = b"\r\n" + body
        if fault:
            return b"message/rfc822", inner
        return self.chance.choice((b"message/rfc822", b"Message/RFC822; name=\"a.eml\"", b"message/delivery-status",
                                   b"message/global", b"message/partial; id=x; number=1")), inner


BASE64 = b"!base64!"  # before a body: its part says that it is in base64
SECOND = {
    b"Date": DATES[:2], b"Subject": (b"first", b"second"), b"Content-Type": (b"text/plain; a=1", b"text/html; b=2"),
    **{name: (values * 2)[:2] for name, values in FIELDS.items()},
    b"Content-Location": (b"first", b"second"), b"Content-MD5": (b"Zmlyc3Q=", b"c2Vjb25k"),
}


def nested(boundary, levels):
    if levels == 0:
        return b"--%s\r\n\r\nthe innermost\r\n--%s--\r\n" % (boundary, boundary)
    inner = b"%d-" % levels + boundary
    return (b"--%s\r\nContent-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n" % (boundary, inner) +
            nested(inner, levels - 1) + b"--%s--\r\n" % boundary)
