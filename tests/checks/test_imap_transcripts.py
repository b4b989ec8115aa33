"""Each command, response code and capability of IMAP is shown by a transcript."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRANSCRIPTS = ROOT / "tests" / "transcripts"

# The registry of IMAP response codes (RFC 5530 section 6) and what was added to it since.
REGISTERED = """
    ALERT ALREADYEXISTS ANNOTATE ANNOTATIONS APPENDUID AUTHENTICATIONFAILED AUTHORIZATIONFAILED BADCHARSET BADCOMPARATOR
    BADEVENT BADURL CANNOT CAPABILITY CLIENTBUG CLOSED COMPRESSIONACTIVE CONTACTADMIN COPYUID CORRUPTION EXPIRED
    EXPUNGEISSUED HASCHILDREN HIGHESTMODSEQ INPROGRESS INUSE LIMIT MAILBOXID MAXCONVERTMESSAGES MAXCONVERTPARTS
    MESSAGELIMIT METADATA MODIFIED NOMODSEQ NONEXISTENT NOPERM NOTIFICATIONOVERFLOW NOTSAVED NOUPDATE OVERQUOTA PARSE
    PERMANENTFLAGS PRIVACYREQUIRED READ-ONLY READ-WRITE REFERRAL SERVERBUG TEMPFAIL TOOBIG TOOMANY TRYCREATE UIDNEXT
    UIDNOTSTICKY UIDREQUIRED UIDVALIDITY UNAVAILABLE UNDEFINED-FILTER UNKNOWN-CTE UNSEEN URLMECH USEATTR
    """.split()

# What no client can provoke, since the disk is broken or we are; and what comes compressed. Unit tests have them.
IN_A_UNIT_TEST = {"CORRUPTION": "response_test.cpp", "SERVERBUG": "response_test.cpp", "UNAVAILABLE": "session_test.cpp",
                  "COMPRESSIONACTIVE": "compression_test.cpp"}

# RFC 9208 section 4.1.3: not for users here, so never with success.
REFUSED = {"SETQUOTA"}


def literals():
    """All string literals of the sources, tests not among them."""
    for path in sorted((ROOT / "src" / "imap").glob("*.cpp")):
        if not path.name.endswith(("_test.cpp", "_fuzz.cpp")):
            yield from re.findall(r'"((?:[^"\\\n]|\\.)*)"', path.read_text())


def lines():
    for path in sorted(TRANSCRIPTS.glob("imap*/*.txt")):
        yield from path.read_text(encoding="utf-8").splitlines()


def commands():
    return re.findall(r'^    \{"([A-Z ]+)", k', (ROOT / "src/imap/command.cpp").read_text(), re.MULTILINE)


def codes():
    begins = {match[1] for literal in literals() if (match := re.match(r"\[?([A-Z-]+)(?: |\]|$)", literal))}
    return sorted(begins & set(REGISTERED))


class ImapTranscripts(unittest.TestCase):
    def test_each_command_is_shown_with_its_success(self):
        asked = {}  # by tag, in one file
        shown = set()
        for path in sorted(TRANSCRIPTS.glob("imap*/*.txt")):
            asked.clear()
            for line in path.read_text(encoding="utf-8").splitlines():
                for said in re.split(r"\\r\\n|\r\n", re.sub(r'^\d?C[:"] ', "", line)) if re.match(r'\d?C[:"]', line) else ():
                    if match := re.match(r"(\S+) ((?:UID )?[A-Z]+)", said):
                        asked[match[1]] = match[2].upper()
                if match := re.match(r"\d?S[:~*] (\S+) (OK|NO)", line):
                    command = asked.get(match[1].replace("\\", ""))
                    shown |= {command} if match[2] == "OK" or command in REFUSED else set()
        self.assertGreater(len(commands()), 35)
        self.assertEqual([command for command in commands() if command not in shown], [])

    def test_each_response_code_is_shown(self):
        shown = {code for line in lines() if re.match(r"\d?S[:~*]", line) for code in re.findall(r"\[([A-Z-]+)", line)}
        self.assertGreater(len(codes()), 25)
        missing = set(codes()) - shown
        self.assertEqual(sorted(missing - set(IN_A_UNIT_TEST)), [])
        for code in missing:
            self.assertIn(code, (ROOT / "src" / "imap" / IN_A_UNIT_TEST[code]).read_text())

    def test_each_capability_is_shown(self):
        text = (ROOT / "src/imap/capability.cpp").read_text()
        announced = re.findall(r'^    \{"([^"]+)", ', text, re.MULTILINE)
        named = {name for line in lines() if line.startswith("# capability: ") for name in line.split()[2:]}
        self.assertGreater(len(announced), 30)
        self.assertEqual([name for name in announced if not any(other == name or (name.endswith("=") and
                                                                other.startswith(name)) for other in named)], [])


if __name__ == "__main__":
    unittest.main()
