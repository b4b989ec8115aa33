"""kill -9 and loss of power under load: whatever was acknowledged is there, whole, and the server starts again."""

import os
import pathlib
import tempfile
import unittest

from tests.e2e import load, mailbox_load
from tests.e2e.server import PATIENCE, Server

SHIM = pathlib.Path(os.environ.get("YUBIN_POWER_CUT", pathlib.Path(os.environ.get("YUBIN_BINARY", "")).parent / "tests" / "libpower_cut.so"))
ROUNDS = int(os.environ.get("YUBIN_FAULT_ROUNDS", "3"))


def wait_for(ledger, count, threads):
    """Until `count` messages are acknowledged, or the load has ended."""
    while len(ledger.acknowledged) < count and any(thread.is_alive() for thread in threads):
        threads[0].join(0.01)


def boxes_of(name):
    """Two sessions of one user and one of another, each with mailboxes of its own."""
    users = (load.RECIPIENTS[0], load.RECIPIENTS[0], load.RECIPIENTS[1])
    return [mailbox_load.Boxes(user, f"{name}-{number}") for number, user in enumerate(users)]


class Survival(unittest.TestCase):
    """What the tests of a server that dies under load have in common."""

    def check(self, server, ledger, boxes):
        self.assertEqual(load.missing(server, ledger), [])
        self.assertEqual([fault for one in boxes for fault in one.faults(server)], [])
        verified = server.run("store", "verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def survive_kills(self, name, while_loaded=lambda *_: None, preload=None):
        """`while_loaded` is called with the server, the ledger and the threads of the load once in each round."""
        ledger, boxes = load.Ledger(), []
        with tempfile.TemporaryDirectory() as directory, Server(directory=directory, preload=preload) as server:
            for attempt in range(ROUNDS):
                boxes += boxes_of(f"{name}{attempt}")
                threads = load.run(server, ledger, f"{name}{attempt}")
                threads += mailbox_load.start(server, boxes[-3:], attempt)
                while_loaded(server, ledger, threads)
                wait_for(ledger, len(ledger.acknowledged) + 40, threads)
                server.kill()
                for thread in threads:
                    thread.join(PATIENCE)
                server.start()
                self.check(server, ledger, boxes)
            self.assertGreaterEqual(len(ledger.acknowledged), 40 * ROUNDS)
            self.assertGreater(sum(one.commands for one in boxes), 3 * ROUNDS)


class NothingLost(Survival):
    def test_kill_9_under_load(self):
        self.survive_kills("kill")

    @unittest.skipUnless(SHIM.exists(), f"{SHIM} is not built")
    def test_power_loss_under_load(self):
        ledger, boxes = load.Ledger(), []
        with tempfile.TemporaryDirectory() as directory, Server(directory=directory) as server:
            for attempt in range(2 * ROUNDS):
                boxes += boxes_of(f"power{attempt}")
                server.stop()
                server.preload = SHIM
                os.environ["POWER_CUT_DIR"] = str(pathlib.Path(directory) / "store")
                os.environ["POWER_CUT_AT"] = str(20 + 37 * (attempt // 2))
                os.environ["POWER_CUT_WHEN"] = ("before", "after")[attempt % 2]
                server.start()
                threads = load.run(server, ledger, f"power{attempt}")
                threads += mailbox_load.start(server, boxes[-3:], attempt)
                for thread in threads:
                    thread.join(PATIENCE)
                self.assertEqual(server.process.wait(PATIENCE), -9, "the load ended before the power did")
                server.kill()
                server.preload = None
                server.start()
                self.check(server, ledger, boxes)
            self.assertGreater(len(ledger.acknowledged), 2 * ROUNDS)


if __name__ == "__main__":
    unittest.main()
