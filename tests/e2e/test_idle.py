"""Two sessions in IDLE hear of a delivery."""

import unittest

from tests.e2e import clients
from tests.e2e.server import Server


def idle(server, tag):
    connection = clients.Lines(server, "IMAP")
    connection.line()
    connection.send(b"a LOGIN hanako@example.test secret\r\n")
    while not connection.line().startswith("a "):
        pass
    connection.send(b"b SELECT INBOX\r\n")
    exists = None
    while True:
        line = connection.line()
        if line.endswith(" EXISTS"):
            exists = int(line.split()[1])
        if line.startswith("b "):
            break
    connection.send(tag + b" IDLE\r\n")
    assert connection.line().startswith("+")
    return connection, exists


class Idle(unittest.TestCase):
    def test_two_sessions_are_told_of_a_delivery(self):
        with Server("--allow-cleartext") as server:
            first, before = idle(server, b"c")
            second, _ = idle(server, b"d")
            clients.send(server, clients.message("news"))
            for connection, tag in ((first, b"c"), (second, b"d")):
                self.assertEqual(connection.line(), f"* {before + 1} EXISTS")
                connection.send(b"DONE\r\n")
                while not (line := connection.line()).startswith(tag.decode() + " "):
                    pass
                self.assertTrue(line.startswith(tag.decode() + " OK"), line)
                connection.close()

    def test_a_flag_set_by_one_is_told_to_the_other(self):
        with Server("--allow-cleartext") as server:
            clients.send(server, clients.message("to be read"))
            watcher, exists = idle(server, b"c")
            reader = clients.imap(server)
            reader.select("INBOX")
            reader.store(str(exists), "+FLAGS", r"(\Flagged)")
            line = watcher.line()
            self.assertTrue(line.startswith(f"* {exists} FETCH ("), line)
            self.assertIn(r"\Flagged", line)
            watcher.close()
            reader.logout()


if __name__ == "__main__":
    unittest.main()
