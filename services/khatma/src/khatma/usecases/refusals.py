"""The domain's refusals as what travels."""

from collections.abc import Iterator
from contextlib import contextmanager

from contracts import refusals
from khatma.domain.refusals import Clash, NotTheirs, Unknown, Wrong


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a refusal of the domain into its wire refusal: 404, 403, 409 or 400."""
    try:
        yield
    except Unknown as reason:
        raise refusals.NotFound(str(reason)) from reason
    except NotTheirs as reason:
        raise refusals.Forbidden(str(reason)) from reason
    except Clash as reason:
        raise refusals.Conflict(str(reason)) from reason
    except Wrong as reason:
        raise refusals.Invalid(
            f"The field {reason.field} is wrong. {reason.message}",
            errors={reason.field: [reason.message]},
        ) from reason
