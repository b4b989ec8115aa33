"""kill -9 under load over a network that loses packets, in a network namespace of its own: what was acknowledged is there, and
mail that goes out comes to its peer."""

import contextlib
import ctypes
import os
import re
import subprocess
import unittest
from unittest import mock

from tests.e2e import clients, test_nothing_lost, test_queue_kill

CLONE_NEWNET = 0x40000000
LOST = 3  # of 100 packets, in each direction
PATIENCE = 15  # seconds: who has lost the packet that ends its connection waits in vain
RULES = f"""table inet loss {{
  chain input {{
    type filter hook input priority 0;
    numgen random mod 100 < {LOST} counter drop
  }}
}}
"""


def can_be_made():
    """Root alone does not do in every container."""
    tried = subprocess.run(["unshare", "--net", "nft", "-f", "-"], input=RULES, text=True, capture_output=True)
    return tried.returncode == 0


NEEDED = unittest.skipUnless(can_be_made(), "no network namespace with nftables can be made here")


def call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


@contextlib.contextmanager
def lossy_network():
    """For this thread, those that it starts, and their programs; packets are as short as on a cable."""
    with open("/proc/thread-self/ns/net", "rb") as before:
        call("unshare", CLONE_NEWNET)
        try:
            subprocess.run(["ip", "link", "set", "lo", "up", "mtu", "1500"], check=True)
            subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True)
            yield
        finally:
            call("setns", before.fileno(), CLONE_NEWNET)


def packets_lost():
    rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"counter packets (\d+)", rules)[1])


@NEEDED
class LossyNetwork(test_nothing_lost.Survival):
    def setUp(self):
        self.enterContext(mock.patch.object(clients, "PATIENCE", PATIENCE))
        self.enterContext(lossy_network())

    def test_kill_9_under_load(self):
        self.survive_kills("lossy")
        self.assertGreater(packets_lost(), 0)


@NEEDED
class LossyQueue(test_queue_kill.Kills):
    def setUp(self):
        self.enterContext(mock.patch.object(test_queue_kill, "PATIENCE", PATIENCE))
        self.enterContext(lossy_network())
        self.addCleanup(lambda: self.assertGreater(packets_lost(), 0))


if __name__ == "__main__":
    unittest.main()
