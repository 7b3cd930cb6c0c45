"""The domain's refusals as what travels."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from contracts import refusals
from khatma.domain.refusals import Clash, NotTheirs, Taken, Unknown, Wrong

NOBODY = "There is no such person, or none whose figures and achievements you may see."
"""The one refusal of whoever is not there or does not show: who asks learns nothing from it."""


@contextmanager
def refusing(named: Callable[[int], str] | None = None) -> Iterator[None]:
    """Turn a refusal of the domain into its wire refusal: 404, 403, 409 or 400.

    Args:
        named: How a person is shown to who asked, where a refusal may speak of another.
    """
    try:
        yield
    except Taken as reason:
        if named is None or reason.member is None:
            raise refusals.Conflict(str(reason)) from reason
        name = named(reason.member) or "another member"
        raise refusals.Conflict(reason.by(name)) from reason
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
