"""How many connections the process may hold: each is a file descriptor."""

import resource


def raised() -> int:
    """Let the process have as many descriptors as it may; return how many those are.

    The limit that it starts with is often 1,024, from days when programs could not count further.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
