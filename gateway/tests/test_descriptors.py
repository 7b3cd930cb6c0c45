"""A gateway holds as many connections as its surroundings let it."""

import resource
import subprocess
import sys

PROGRAM = """
import resource
from gateway import descriptors
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
print(descriptors.raised(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_the_limit_that_a_process_starts_with_is_raised() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    said = subprocess.check_output([sys.executable, "-c", PROGRAM], text=True)
    assert said.split() == [str(most)] * 3
