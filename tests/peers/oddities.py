"""What is odd about the odd messages: values of fields, and faults of the structure. Each is a row of the report."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Oddity:
    kind: str     # a field's name, or what Writer's methods ask for
    value: bytes  # what stands there

    def __str__(self):
        shown = self.value.decode("ascii", "backslashreplace").replace("\r\n", "\\r\\n").replace("\t", "\\t")
        return f"{self.kind}: {shown}"


def rows(kind, values):
    return [Oddity(kind, value) for value in values]


ADDRESSES = rows("address", [
    b"taro", b"Taro Yamada", b"taro@", b"@example.test", b"<>", b"Taro <>", b"Taro <taro>", b"Taro <taro@>",
    b"Taro <taro@example.test", b"taro@example.test>", b"\"Taro <taro@example.test>", b"a@b@example.test",
    b"Taro taro@example.test", b"a@example.test b@example.test", b"a@example.test; b@example.test",
    b"Taro <taro@example.test> extra", b"<a@example.test><b@example.test>", b"Taro@home <taro@example.test>",
    b"<mailto:taro@example.test>", b"Group: a@example.test", b"Group: Inner: a@example.test;;", b";", b":", b"a:b:c@d;",
    b"(unclosed taro@example.test", b"[taro@example.test]", b"taro@[192.0.2.1", b"\"unclosed@example.test",
    b"a b <c d@example.test>", b"taro@example..test", b".taro@example.test", b"\\taro@example.test",
    b"Taro \\<taro@example.test>", b"a@example.test,,b@example.test", b",", b", a@example.test ,",
    b"Taro, Yamada <taro@example.test>", b"<taro @example.test>", b"<\"taro\"@example.test>", b"x@y <taro@example.test>",
    b"<@relay.example:>", b"<@relay.example taro@example.test>", b"\x80\xff <taro@example.test>",
    "東京".encode("cp932") + b" <tokyo@example.test>",
    b"'taro@example.test' <taro@example.test>", b"", b"taro . yamada @ example . test",
    b"(a comment) taro@example.test", b"(a (nested) comment) taro@example.test", b"taro@example.test (one) (two)",
    b"Ta (in) ro <taro@example.test>", b"\"Ta ro\" \"Yamada\" <taro@example.test>", b"Taro\tYamada <taro@example.test>",
    b"two  blanks <taro@example.test>", b"\"two  blanks\" <taro@example.test>", b"G (c): a@example.test;",
    b"tanaka@example.test (=?UTF-8?B?5p2x5Lqs?=)", b"\"\\<taro\"@example.test", b"Dr. Taro <taro@example.test>",
    b"Taro <\"a@b\"@example.test>", b"taro%home@example.test", b"<taro@example.test>,", b"a@example.test,\r\n ,b@example.test",
])

TYPES = rows("Content-Type", [
    b"", b" ", b"text", b"text/", b"/plain", b"plain", b"text plain", b"text/plain charset=utf-8", b"text/plain;",
    b"text/plain;;;charset=utf-8", b"text/plain; charset", b"text/plain; charset=", b"text/plain; =utf-8",
    b"text/plain; charset=utf-8; charset=euc-jp", b"text/plain; charset=utf-8 name=a.txt", b"text/plain; name=a b.txt",
    b"text/plain; name=\"unclosed", b"text/plain; name=a;b.txt", b"text/plain, charset=utf-8", b"text / plain",
    b"text/pl@in", b"text/plain; na me=x", b"(only a comment)", b"text/plain; charset = utf-8", b"\"text/plain\"",
    "text/plain; name=東京.txt".encode(), b"text/plain; name=\"" + "東京".encode("cp932") + b"\"", b"text//plain",
    b"multipart", b"multipart/", b"message", b"text/plain; name==?UTF-8?B?5p2x?=", b"text/plain\x01; a=b",
    b"text/plain; name=" + b"y" * 500, b"text/plain; \"name\"=x", b"text/plain; name=[x]", b"text/plain; name=a/b",
    b"text/plain; name*1=b; name*0=a", b"text/plain; name*0=a; name*2=c", b"text/plain; name*=x; name=y",
    b"text/plain; name*0*=utf-8''%E6; name*1=%9D", b"text/plain; name*00=a; name*01=b", b"text/plain; name*0=a; x=y; name*1=b",
    b"text/plain; name*0=\"=?UTF-8?B?5p2x\"; name*1=\"5Lqs?=\"", b"text/plain; name*1=b", b"text/plain; name*x=b",
    b"text/plain; name*0=a; NAME*1=b; name*0=c", b"text/plain; name=\"a\\\"b\"", b"text/plain; name=\"a\r\n b\"",
    b"multipart/mixed; boundary=none", b"message/rfc822; charset=utf-8",
])

VALUES = [
    *rows("Content-Transfer-Encoding", [
        b"", b"7 bit", b"base64;", b"\"base64\"", b"base64 quoted-printable", b"utf-8", b"=?UTF-8?B?YQ==?=", b"(base64)",
        b"(a comment) base64", b"8bit (a comment)", b"x-uuencode"]),
    *rows("Content-Disposition", [
        b"", b";", b"filename=a.txt", b"attachment filename=a.txt", b"attachment;", b"\"attachment\"", b"(x) inline",
        "attachment; filename=\"東京.txt\"".encode(), b"attachment; filename=", b"attachment; filename=a b.txt",
        b"attachment; filename*0=a; filename*1=b", b"attachment; filename*0*=utf-8''a; filename*1*=%20b"]),
    *rows("Content-Language", [b"", b",", b"en,,ja", b"ja (Japanese)", b"en ja", b"\"en\", ja", b"en\r\n , ja", b"(x) en"]),
    *rows("Content-Location", [b"", b"a b", b"http://example.test/\r\n folded", b"\"x\"", b"(comment) x", b"a  b"]),
    *rows("Content-MD5", [b"", b"not md5", b"Q2hlY2sg SW50ZWdyaXR5IQ=="]),
    *rows("Content-Description", [b"", "東京".encode(), b"two  blanks", b"folded\r\n line", b"(comment)"]),
    *rows("Content-ID", [b"", b"no brackets", b"<1@example.test> <2@example.test>", b"<1@exa mple.test>", b"<>"]),
    *rows("Message-ID", [
        b"", b"no brackets", b"<1@example.test> <2@example.test>", b"<1@exa mple.test>", b"<>", b"<1@example.test> ",
        b"<\"quoted id\"@example.test>", b"\xe6\x9d\xb1", b"\r\n <1@example.test>", b"<1@example.test>\r\n <2@example.test>"]),
    *rows("In-Reply-To", [b"", b"your mail of yesterday", b"<1@example.test>\r\n <2@example.test>", b"<1@example.test>  <2@x>"]),
    *rows("Date", [b"yesterday", b"", b" Mon,  2 Jan\r\n 2006 15:04:05 -0700 ", b"Mon, 2 Jan 2006 25:61:61 +9999",
                   b"\r\n Mon, 2 Jan 2006 15:04:05 -0700"]),
    *rows("Subject", [b"", b" ", b"two  blanks\tand a tab", b"folded\r\n here", b"folded\r\n\twith a tab", b"folded\r\n \r\n twice",
                      b"=?UTF-8?Q?broken", "raw UTF-8 東京".encode(), "東京".encode("iso2022_jp"), "東京".encode("cp932"),
                      "東京".encode("euc_jp"), b"{5}", b"NIL", b"x" * 900, b"\x01\x7f", b"ends in blanks  ", b"\r\n begins below"]),
]

TWICE = rows("twice", [b"Date", b"Subject", b"From", b"Sender", b"To", b"Cc", b"Message-ID", b"In-Reply-To", b"Content-Type",
                       b"Content-Transfer-Encoding", b"Content-Disposition", b"Content-ID", b"Content-Language",
                       b"Content-Description", b"Content-Location", b"Content-MD5"])

HEADERS = rows("first line", [b"From x@y Mon Jan  2 15:04:05 2006", b"no field", b": x", b" folded", b"X Y: z", b"",
                              b"X-Long: " + b"y" * 3000]) + \
    rows("fields", [b"blank before the colon", b"no blank after the colon", b"no empty line", b"cut in a field", b"no body"])

STRUCTURES = rows("multipart", [
    b"no boundary", b"an empty boundary", b"a boundary that does not occur", b"boundary ends in a blank", b"boundary in RFC 2231's way",
    b"no part", b"not closed", b"closed at once", b"cut in a delimiter", b"a part without an empty line", b"an empty part",
    b"inner has the outer's boundary", b"inner's boundary begins with the outer's", b"outer's boundary begins with the inner's",
    b"inner not closed", b"delimiter with more behind it", b"delimiter with blanks behind it", b"closed twice",
    b"more after the end", b"transfer encoding base64", b"boundary of 71 characters", b"digest with parts that have types",
    b"100 parts", b"20 levels",
]) + rows("message", [b"in base64", b"empty", b"only a header section", b"with a transfer encoding", b"no header section"])

ALL = ADDRESSES + TYPES + VALUES + TWICE + HEADERS + STRUCTURES
