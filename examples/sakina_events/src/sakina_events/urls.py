"""What a consumer's URL holds."""

from urllib.parse import urlsplit

import pika

_SCHEMES = ("amqp", "amqps")
_LOOKS_LIKE = (
    "A consumer's URL is amqp://NAME:PASSWORD@HOST:PORT/VIRTUAL-HOST, or amqps://… with TLS: "
    "the last line of `make consumer`, or of `sakina_stack consumer add`."
)


def parameters_of(url: str) -> pika.URLParameters:
    """Return what to connect by.

    Raises:
        ValueError: It is no URL of a consumer. The URL itself is not repeated: it holds a password.
    """
    try:
        if wrong := _wrong_in(url):
            raise ValueError(wrong)
        return pika.URLParameters(url)
    except (ValueError, TypeError, SyntaxError) as error:
        # `from None`: what is said there repeats the URL's parts.
        raise ValueError(f"This is no URL to follow events by: {error}. {_LOOKS_LIKE}") from None


def name_in(url: str) -> str:
    """Return the name of the consumer whose URL it is; raises as `parameters_of` does."""
    return str(parameters_of(url).credentials.username)


def _wrong_in(url: str) -> str | None:
    parts = urlsplit(url)
    faults = {
        "it is empty": not url,
        "it does not begin with amqp:// or amqps://": parts.scheme not in _SCHEMES,
        "it names no host": not parts.hostname,
        "a port is a number from 1 to 65535": parts.port == 0,
        "it has no name and password": not (parts.username and parts.password),
        "it names no virtual host": len(parts.path) <= 1,
    }
    return next((said for said, is_so in faults.items() if is_so), None)
