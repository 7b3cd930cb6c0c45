"""JSON bodies, read strictly."""

import json
import math
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from contracts.refusals import Invalid

# A request of ours is two levels deep; a reader of deeper ones would be work for nothing.
DEEPEST = 16
_LONGEST_NAME = 64


def parsed(body: bytes, content_type: str) -> Any:
    """Return what the JSON `body` holds.

    The standard library's reader is used because it lets lone surrogates through to the
    validation, which can name the field. Raises Invalid where the body is not JSON, or an object
    in it has a name twice (RFC 7493, section 2.3): readers differ in which of the two counts.
    """
    if not body:
        raise _invalid("Send a JSON object, with the header Content-Type: application/json.")
    media_type = content_type.partition(";")[0].strip().lower()
    main, _, kind = media_type.partition("/")
    if main != "application" or not (kind == "json" or kind.endswith("+json")):
        raise _invalid("Send JSON with the header Content-Type: application/json.")
    try:
        document = _READER.decode(body.decode())
    except RecursionError as error:
        raise _invalid("The JSON is nested too deeply.") from error
    except ValueError as error:
        raise _invalid(
            "The body is not valid JSON in UTF-8. Correct it and send it again."
        ) from error
    if _too_deep(document, DEEPEST):
        raise _invalid("The JSON is nested too deeply.")
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _number(literal: str) -> float:
    """Return the nearest number, but a whole one only for what is whole.

    Whoever writes 24.999999999999999999999 did not write 25, though no float lies between.
    """
    value = float(literal)
    if value.is_integer() and not _is_whole(literal):
        return math.nextafter(value, math.inf)
    return value


def _is_whole(literal: str) -> bool:
    try:
        _, digits, exponent = Decimal(literal).as_tuple()
    except InvalidOperation:
        # Its exponent is out of all bounds, so it is very near to zero, or zero.
        digits, exponent = (literal.lower().partition("e")[0].strip("-0.") != "",), -1
    assert isinstance(exponent, int)  # noqa: S101 - JSON has neither NaN nor infinity
    return exponent >= 0 or not any(digits[exponent:])


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise _twice(next(name for name, count in counts.items() if count > 1))
    return found


def _twice(name: str) -> Invalid:
    # The name may be of any length, and hold a lone surrogate, which no answer can.
    shown = name[:_LONGEST_NAME].encode(errors="replace").decode()
    return Invalid(
        f"The JSON names “{shown}” more than once in one object. Send it once.",
        errors={shown: ["Is there more than once. Send it once."]},
    )


_READER = json.JSONDecoder(
    parse_constant=_no_constant, parse_float=_number, object_pairs_hook=_each_once
)
"""Made once: it costs as much as a short body."""


def _too_deep(value: Any, left: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_too_deep(each, left - 1) for each in inner)


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, errors={"body": [detail]})
