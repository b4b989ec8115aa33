"""The comparison with other servers (tests/peers): what it generates, reads and lets pass."""

import collections
import unittest

from tests.peers import differences, messages, oddities, structure, wire


class Peers(unittest.TestCase):
    def test_messages_are_the_same_each_time_and_have_all_oddities(self):
        written = [messages.message(1, number) for number in range(1000)]
        self.assertEqual(written, [messages.message(1, number) for number in range(1000)])
        self.assertNotEqual(written[0], messages.message(2, 0))
        seen = collections.Counter(message.oddity for message in written)
        self.assertEqual(set(seen), {None, *oddities.ALL})
        self.assertGreaterEqual(seen[None], 300)

    def test_lines_end_in_crlf(self):
        for number in range(1000):
            content = messages.message(3, number).content.replace(b"\r\n", b"")
            self.assertFalse(set(content) & set(b"\r\n\0"), number)

    def test_responses_are_read(self):
        self.assertEqual(wire.parse(b'(A NIL ("q\\"\\\\" {3}\r\nx)y 17)())'), [b"A", None, [b'q"\\', b"x)y", 17], []])
        self.assertEqual(wire.literal_size(b"* 1 FETCH (BODY[] {12}\r\n"), 12)
        self.assertIsNone(wire.literal_size(b"* OK {x}\r\n"))

    def test_what_differs_is_named(self):
        ours = {b"ENVELOPE": [None] * 10, b"RFC822.SIZE": 5,
                b"BODYSTRUCTURE": [[b"text", b"plain", None, None, None, b"7bit", 3, 1, None, None, None, None], b"mixed",
                                   None, None, None, None]}
        theirs = ours | {b"BODYSTRUCTURE": [[b"TEXT", b"plain", None, b"<1>", None, b"7bit", 3, 1, None, None, None, None],
                                            b"mixed", None, None, None, None], b"RFC822.SIZE": 6}
        found = structure.differences(ours, theirs)
        self.assertEqual([difference.path for difference in found], ["body.1.id", "size"])

    def test_only_what_the_oddity_explains_passes(self):
        sender = structure.Difference("envelope.from", [[None, None, b"a", b""]], [[None, None, b"a", b"MISSING_DOMAIN"]])
        octets = structure.Difference("body.octets", 5, 6)
        for difference, oddity, passes in ((sender, oddities.ADDRESSES[0], True), (sender, None, False),
                                           (sender, oddities.TYPES[0], False), (octets, oddities.ADDRESSES[0], False),
                                           (octets, None, False)):
            self.assertEqual(differences.explain(difference, oddity, {}) is not None, passes, difference)


if __name__ == "__main__":
    unittest.main()
