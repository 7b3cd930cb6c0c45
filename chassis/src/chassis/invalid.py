"""A body that breaks its model, said so that the client knows which field and why."""

from pydantic import ValidationError

from contracts.refusals import Invalid

_PREFIXES = ("Value error, ", "Assertion failed, ")


def invalid(error: ValidationError) -> Invalid:
    """Return the refusal for a request that does not fit its model: messages by field name."""
    errors: dict[str, list[str]] = {}
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        path = [str(step) for step in problem["loc"]]
        field = ".".join(path[1:] if path[:1] == ["body"] else path) or "body"
        errors.setdefault(field, []).append(_plain(problem["msg"]))
    return Invalid("Some fields are wrong; `errors` names them.", errors=errors)


def _plain(message: str) -> str:
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    return message
