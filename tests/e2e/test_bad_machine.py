"""kill -9 under load on a machine with a slow disk, and on one whose clock jumps: whatever was acknowledged is there, whole."""

import imaplib
import mmap
import os
import struct
import tempfile
import time
import unittest
import unittest.mock

from tests.e2e import clients, test_nothing_lost

SHIM = test_nothing_lost.SHIM.with_name("libbad_machine.so")
DAY = 86400


class Clock:
    """The seconds by which a server's time of day is off; set() moves it while the server runs."""

    def __init__(self, file):
        file.write(bytes(8))
        file.flush()
        self.path = file.name
        self.memory = mmap.mmap(file.fileno(), 8)

    def set(self, seconds):
        struct.pack_into("q", self.memory, 0, seconds)


def newest(server):
    """When the last message came, by the server's clock."""
    client = clients.imap(server)
    client.select("INBOX", readonly=True)
    _, data = client.fetch("*", "(INTERNALDATE)")
    client.logout()
    return time.mktime(imaplib.Internaldate2tuple(data[0]))


@unittest.skipUnless(SHIM.exists(), f"{SHIM} is not built")
class BadMachine(test_nothing_lost.Survival):
    def setUp(self):
        self.enterContext(unittest.mock.patch.dict(os.environ))

    def test_a_slow_disk(self):
        os.environ["SLOW_DISK_MS"] = "50"
        self.survive_kills("slow", preload=SHIM)

    def test_a_clock_that_jumps_by_a_day_both_ways(self):
        with tempfile.NamedTemporaryFile() as file:
            clock = Clock(file)
            os.environ["CLOCK_JUMP_FILE"] = clock.path

            def jump(server, ledger, threads):
                for seconds in (DAY, -DAY, 0):
                    clock.set(seconds)
                    test_nothing_lost.wait_for(ledger, len(ledger.acknowledged) + 10, threads)
                    self.assertAlmostEqual(newest(server), time.time() + seconds, delta=DAY / 2)

            self.survive_kills("jump", jump, preload=SHIM)


if __name__ == "__main__":
    unittest.main()
