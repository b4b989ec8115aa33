"""Twenty clients against a reference model (imap_soak.py); YUBIN_SOAK_SECONDS, else one round; YUBIN_SOAK_SEED,
else another each time."""

import os
import time
import unittest

from tests.e2e import imap_soak
from tests.e2e.server import Server

SECONDS = float(os.environ.get("YUBIN_SOAK_SECONDS", "0"))
SEED = os.environ.get("YUBIN_SOAK_SEED", str(time.time_ns()))


class ImapSoak(unittest.TestCase):
    def test_twenty_clients_agree_with_the_model(self):
        end = time.monotonic() + SECONDS
        with Server("--allow-cleartext") as server:
            ledger, faults = imap_soak.run(server, SEED, lambda: time.monotonic() < end)
        print(f"seed {SEED}: {ledger.commands} commands, {len(ledger.tokens)} messages")
        self.assertEqual(faults[:20], [], f"YUBIN_SOAK_SEED={SEED}")
        # Who finds an empty mailbox has nothing to store, copy or move, so a turn may go by without a command.
        self.assertGreater(ledger.commands, imap_soak.CLIENTS * imap_soak.COMMANDS // 2)


if __name__ == "__main__":
    unittest.main()
