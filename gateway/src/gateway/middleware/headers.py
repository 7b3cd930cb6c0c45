"""Headers that keep a browser from doing more with an answer than it should."""

Header = tuple[bytes, bytes]

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE = (b"cache-control", b"no-store")
_HSTS = (b"strict-transport-security", b"max-age=31536000")


class Guards:
    """What is added to each answer, beside those headers that a route has set itself.

    Args:
        https: Whether clients come by https, and should never come by anything else.
    """

    def __init__(self, https: bool) -> None:
        self._always = (*_ALWAYS, _HSTS) if https else _ALWAYS

    def add(self, headers: list[Header]) -> None:
        """Add to the headers of an answer."""
        named = dict(headers)
        headers += self._always
        headers += [pair for pair in (_POLICY, _NO_STORE) if pair[0] not in named]
