"""A client of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802 section 3)."""

import base64
import hashlib
import hmac


def sha256(key, text):
    return hmac.digest(key, text, "sha256")


class Scram:
    """For imaplib's and smtplib's authenticate(): called with each challenge. `header` is the gs2-header, `binding` what
    stands behind it where the client binds."""

    def __init__(self, user, password, header="n,,", binding=b""):
        self.first = f"n={user},r=client-nonce"
        self.header = header
        self.channel = base64.b64encode(header.encode() + binding).decode()
        self.password = password
        self.steps = iter((self.client_first, self.client_final, self.check_server))
        self.signature = None

    def __call__(self, challenge=b""):
        return next(self.steps)(challenge.decode())

    def client_first(self, _):
        return f"{self.header}{self.first}".encode()

    def client_final(self, challenge):
        fields = dict(field.split("=", 1) for field in challenge.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
        bare = f"c={self.channel},r={fields['r']}"
        everything = f"{self.first},{challenge},{bare}".encode()
        key = sha256(salted, b"Client Key")
        signature = sha256(hashlib.sha256(key).digest(), everything)
        self.signature = base64.b64encode(sha256(sha256(salted, b"Server Key"), everything)).decode()
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
        return f"{bare},p={proof}".encode()

    def check_server(self, challenge):
        assert challenge == "v=" + self.signature
        return b""
