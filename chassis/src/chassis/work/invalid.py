"""A body that breaks its model, said so that the client knows which field and why."""

from typing import Any

from pydantic import ValidationError

from contracts.refusals import Invalid
from contracts.validation_messages import field_errors, wrong_fields


def invalid(error: ValidationError) -> Invalid:
    """Return the refusal for a request that does not fit its model: messages by field name."""
    errors = [_of_the_body(each) for each in error.errors(include_url=False, include_input=False)]
    return wrong_fields(field_errors(errors))


def _of_the_body(error: Any) -> Any:
    path = error["loc"]
    return {**error, "loc": path[1:] if path[:1] == ("body",) else path}
