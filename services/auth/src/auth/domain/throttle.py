"""How many wrong passwords are too many.

Failures are counted for an account *and* an address together, so that guessing from one address
never locks the owner out at another, and for an address alone, against trying many accounts.
"""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

WINDOW = timedelta(minutes=15)
PER_ACCOUNT_AND_ADDRESS = 10
PER_ADDRESS = 100


def account_mark(email_key: str) -> bytes:
    """Return what a failure remembers of the account: not the e-mail, which may be a slip.

    Args:
        email_key: What is equal for all ways to write the account's e-mail.
    """
    return hashlib.sha256(email_key.encode()).digest()


def origin(address: str) -> str:
    """Return whom `address` stands for: an IPv6 network of 64 bits belongs to one household."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address.replace("\x00", "")
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"


def session_origin(sid: str) -> str:
    """Return the origin of guesses made inside a session, at the old password."""
    return f"session {sid}"


def seconds_left(decisive: datetime | None, now: datetime) -> int:
    """Return for how many whole seconds nobody may try again; 0 where they may now.

    Args:
        decisive: When the failure happened that has to age out of the window, if one has.
        now: The present.
    """
    if decisive is None:
        return 0
    return max(0, ceil((decisive + WINDOW - now).total_seconds()))
