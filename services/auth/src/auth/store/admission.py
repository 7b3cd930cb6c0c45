"""What is looked at before a password is hashed: one statement for a whole login."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from auth.domain import throttle
from auth.domain.account import Account
from auth.domain.rate import Rate
from auth.domain.session import MOST_FOR_ONE
from auth.store import accounts, allowances, failures
from chassis.data.database import Reader
from contracts.emails import email_key

_ADMIT = text(
    f"""
    with taken as ({allowances.TAKE})
    select {accounts.COLUMNS}, ({failures.DECISIVE}) as decisive,
           exists (select from taken) as taken,
           (select count(*) from
                (select from session where user_id = account.id limit :most) as counted) as sessions
    from (select 1) as always left join account on email_key = :email_key
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Admission:
    """What is known of somebody who wants in, before their password is looked at.

    Attributes:
        account: The account with the e-mail, if there is one.
        has_room: Whether their origin may log in so often; one use was taken if so.
        seconds_left: For how long their failures shut them out.
        sessions: How many the account has, counted up to the most that one may have.
    """

    account: Account | None
    has_room: bool
    seconds_left: int
    sessions: int


def admission(
    reader: Reader, email: str, failing: tuple[bytes, str], rate: Rate, now: datetime
) -> Admission:
    """Return whether a login by `email` may be tried, and count it.

    Args:
        reader: Asks.
        email: Whatever was typed as one.
        failing: The account's mark and the origin, see `throttle`.
        rate: How often an origin may log in.
        now: The present.
    """
    told = allowances.values("login", failing[1], rate, now)
    values = failures.values(*failing, now) | told
    # Asked again, at most once, where a pooled connection had died: then it may count twice.
    (row,) = reader.ask(_ADMIT, **values, email_key=email_key(email), most=MOST_FOR_ONE)
    return Admission(
        account=None if row.id is None else accounts.from_row(row),
        has_room=row.taken or not told["limited"],
        seconds_left=throttle.seconds_left(row.decisive, now),
        sessions=row.sessions,
    )
