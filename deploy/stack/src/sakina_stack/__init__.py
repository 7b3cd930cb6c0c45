"""What deploy/docker-compose.yml needs beside Compose itself: standard library only.

It runs on the host that holds the stack, which may have nothing but Python and Docker.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has less should be told so
    sys.exit("This needs Python 3.11 or later: call it by that, or put that first in the PATH.")
