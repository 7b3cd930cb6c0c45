"""What is wrong with a request, in plain sentences that say what to do."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from contracts.refusals import Invalid

Sentence = str | Callable[[dict[str, Any]], str]

_WHOLE = "body"
"""The name under which errors of the whole request are told."""
_NO_OBJECT = "Send a JSON object, with the content type application/json."
_LONGEST_NAME = 64
_MOST = 50


def _words(context: dict[str, Any]) -> str:
    return f"Must be one of: {str(context['expected']).replace(' or ', ', ')}."


def _said(context: dict[str, Any]) -> str:
    # Our own validators say what a value "must …"; anything else is not for clients.
    text = str(context.get("error", ""))
    return f"{text[0].upper()}{text[1:]}." if text.startswith("must") else "Is not valid."


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


_SENTENCES: dict[str, Sentence] = {
    "missing": "Is required.",
    "extra_forbidden": "Is not a field of this request. Leave it out.",
    "string_type": "Must be text.",
    "string_unicode": "Must be Unicode text, without lone surrogates.",
    "string_too_short": lambda c: (
        "Must not be empty."
        if c["min_length"] == 1
        else f"Must have at least {c['min_length']} characters."
    ),
    "string_too_long": lambda c: f"Must have at most {c['max_length']} characters.",
    "string_pattern_mismatch": "Has characters or a form that is not allowed here.",
    "literal_error": _words,
    "enum": _words,
    "int_type": "Must be a whole number.",
    "int_parsing": "Must be a whole number.",
    "int_parsing_size": "Is too large.",
    "int_from_float": "Must be a whole number.",
    "float_type": "Must be a number.",
    "float_parsing": "Must be a number.",
    "finite_number": "Is too large.",
    "bool_type": "Must be true or false.",
    "bool_parsing": "Must be true or false.",
    "date_type": "Must be a day written YYYY-MM-DD.",
    "date_parsing": "Must be a day that exists, written YYYY-MM-DD.",
    "date_from_datetime_parsing": "Must be a day that exists, written YYYY-MM-DD.",
    "date_from_datetime_inexact": "Must be a day written YYYY-MM-DD.",
    "datetime_parsing": "Must be a moment that exists, in UTC with microseconds and Z.",
    "datetime_from_date_parsing": "Must be a moment that exists, in UTC with microseconds and Z.",
    "greater_than_equal": lambda c: f"Must be at least {c['ge']}.",
    "greater_than": lambda c: f"Must be more than {c['gt']}.",
    "less_than_equal": lambda c: f"Must be at most {c['le']}.",
    "less_than": lambda c: f"Must be less than {c['lt']}.",
    "model_attributes_type": "Must be a JSON object.",
    "model_type": "Must be a JSON object.",
    "dict_type": "Must be a JSON object.",
    "list_type": "Must be a list.",
    "too_long": lambda c: f"Must hold at most {_entries(c['max_length'])}.",
    "too_short": lambda c: f"Must hold at least {_entries(c['min_length'])}.",
    "value_error": _said,
}

_SHAPES = {
    "username": "May hold ASCII letters, digits, dots, underscores and hyphens only.",
    "phone": "Must hold a digit, and may hold spaces, +, -, ( and ) beside.",
    "timezone": "Must be the name of a time zone such as Asia/Riyadh.",
}
_NO_CONTROL = "Must not hold control characters or line breaks that are not text."


def wrong_fields(errors: dict[str, list[str]]) -> Invalid:
    """Return the refusal of a request for `errors`, which are messages by the name of the field.

    Its sentence holds all of the first field: there are clients that show nothing else.
    """
    (name, messages), *others = errors.items()
    said = " ".join(messages)
    detail = said if said == _NO_OBJECT else f"{_named(name)} is wrong. {said}"
    if others:
        are = "is 1 more field" if len(others) == 1 else f"are {len(others)} more fields"
        detail = f"{detail} So {are}: see `errors`."
    return Invalid(detail, errors=errors)


def _named(name: str) -> str:
    return "The body" if name == _WHOLE else f"The field {name}"


def field_errors(errors: Iterable[Any]) -> dict[str, list[str]]:
    """Return messages by the name of the field, from the errors of pydantic.

    A nested field is named with dots. The values that were sent are never repeated.
    """
    told: dict[str, list[str]] = {}
    for error in islice(errors, _MOST):
        name = _name(error["loc"])
        message = _message(error, name)
        if message not in told.setdefault(name, []):
            told[name].append(message)
    return told


def _name(location: tuple[Any, ...]) -> str:
    name = ".".join(str(part) for part in location)
    # The name may be one that the caller made up, and of any length.
    return name[:_LONGEST_NAME] or _WHOLE


def _message(error: dict[str, Any], name: str) -> str:
    kind = error["type"]
    if name == _WHOLE and kind in ("missing", "model_attributes_type", "model_type"):
        return _NO_OBJECT
    if kind == "string_pattern_mismatch":
        return _SHAPES.get(name.rpartition(".")[2], _NO_CONTROL)
    sentence = _SENTENCES.get(kind, "Is not valid.")
    return sentence if isinstance(sentence, str) else sentence(error.get("ctx", {}))
