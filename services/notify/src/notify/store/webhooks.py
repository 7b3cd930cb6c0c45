"""Webhooks: where people have events sent, of what types, and by which secrets signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.database import Reader, Transaction
from notify.domain.deliveries import MOST_WEBHOOKS
from notify.domain.secrets import Former, Secrets

_COLUMNS = """
    id, url, types, description, disabled_reason, disabled_at, former_secret_until, created_at,
    updated_at
"""
_ADD = text(
    f"""
    insert into webhook
        (person_id, url, types, matches, description, secret, created_at, updated_at)
    select cast(:person as bigint), cast(:url as text), cast(:types as text[]),
           cast(:matches as text), cast(:description as text), cast(:secret as bytea),
           cast(:now as timestamptz), cast(:now as timestamptz)
    where (select count(*) from webhook where person_id = :person and deleted_at is null) < :most
    returning {_COLUMNS}
    """  # noqa: S608
)
_ADD_QUEUE = text(
    """
    insert into delivery_queue (person_id, due_at) values (:person, 'infinity')
    on conflict do nothing
    """
)
_LIST = text(
    f"""
    select {_COLUMNS} from webhook where person_id = :person and deleted_at is null order by id
    """  # noqa: S608
)
_FIND = f"""
    select {_COLUMNS} from webhook
    where id = :id and person_id = :person and deleted_at is null
    """  # noqa: S608
_FIND_ONE = text(_FIND)
_LOCK_ONE = text(f"{_FIND} for no key update")
_CHANGE = text(
    """
    update webhook
    set url = :url, types = cast(:types as text[]), matches = cast(:matches as text),
        description = :description, disabled_reason = cast(:disabled_reason as text),
        disabled_at = cast(:disabled_at as timestamptz), updated_at = :now
    where id = :id
    """
)
_LOCK_SECRETS = text(
    """
    select secret, former_secret, former_secret_until, older_secrets, older_secrets_until
    from webhook where id = :id and person_id = :person and deleted_at is null
    for no key update
    """
)
_CHANGE_SECRETS = text(
    """
    update webhook
    set secret = :secret, updated_at = :now,
        former_secret = cast(:former as bytea),
        former_secret_until = cast(:former_until as timestamptz),
        older_secrets = cast(:older as bytea[]),
        older_secrets_until = cast(:older_until as timestamptz[])
    where id = :id
    """
)
_REMOVE = text("update webhook set deleted_at = :now where id = :id")
_LOCK_QUEUE = text("select from delivery_queue where person_id = :person for update")
_REMOVE_LINES = text("delete from delivery_line where webhook_id = :id")
# Nothing of it is due while it is disabled; a test is, which is about the webhook itself. What is
# under way stops when it is settled.
_STOP_LINES = text(
    """
    update delivery_line set due_at = 'infinity'
    where webhook_id = :id and not leased and subject <> 'webhook/' || cast(:id as bigint)
    """
)
_START_LINES = text("update delivery_line set due_at = :now where webhook_id = :id and not leased")
_WAKE_QUEUE = text(
    "update delivery_queue set due_at = least(due_at, :now) where person_id = :person"
)
_ERASE = (
    text(
        """
        delete from delivery_line where webhook_id in (
            select id from webhook where person_id = :person
        )
        """
    ),
    text("delete from webhook where person_id = :person"),
    text("delete from delivery_queue where person_id = :person"),
)
_COUNT_TEST = text("update webhook set tests = tests + 1 where id = :id returning tests")


@dataclass(frozen=True)
class Webhook:
    """A webhook, without its secrets, which only who signs reads.

    Attributes:
        disabled_reason: owner, gone or failing; None while it is enabled.
        former_secret_until: Until when the secret of before signs, too; may be past.
    """

    id: int
    url: str
    types: list[str]
    description: str
    disabled_reason: str | None
    disabled_at: datetime | None
    former_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


def add(
    tx: Transaction,
    person: int,
    *,
    url: str,
    types: list[str],
    matches: str | None,
    description: str,
    secret: bytes,
    now: datetime,
) -> Webhook | None:
    """Add a webhook of a person who is locked; None where they have as many as one may have."""
    tx.tell(_ADD_QUEUE, person=person)
    rows = tx.ask(
        _ADD,
        person=person,
        url=url,
        types=types,
        matches=matches,
        description=description,
        secret=secret,
        now=now,
        most=MOST_WEBHOOKS,
    )
    return _webhook(rows)


def page(reader: Reader, person: int) -> list[Webhook]:
    """Return the webhooks of a person, in the order in which they were made."""
    return [Webhook(*row) for row in reader.ask(_LIST, person=person)]


def find(reader: Reader, person: int, webhook: int) -> Webhook | None:
    """Return a webhook if it is the person's own."""
    return _webhook(reader.ask(_FIND_ONE, person=person, id=webhook))


def lock(tx: Transaction, person: int, webhook: int) -> Webhook | None:
    """Return the same, and let nobody else change it, or take or settle its deliveries."""
    tx.tell(_LOCK_QUEUE, person=person)
    return _webhook(tx.ask(_LOCK_ONE, person=person, id=webhook))


def change(tx: Transaction, person: int, webhook: Webhook, matches: str | None) -> None:
    """Remember a webhook, which is locked, as it is from now on; start or stop what waits."""
    tx.tell(
        _CHANGE,
        id=webhook.id,
        url=webhook.url,
        types=webhook.types,
        matches=matches,
        description=webhook.description,
        disabled_reason=webhook.disabled_reason,
        disabled_at=webhook.disabled_at,
        now=webhook.updated_at,
    )
    if webhook.disabled_at is None:
        tx.tell(_START_LINES, id=webhook.id, now=webhook.updated_at)
        wake(tx, person, webhook.updated_at)
    else:
        tx.tell(_STOP_LINES, id=webhook.id)


def wake(tx: Transaction, person: int, now: datetime) -> None:
    """Let what is due of a person be taken at once."""
    tx.tell(_WAKE_QUEUE, person=person, now=now)


def lock_secrets(tx: Transaction, person: int, webhook: int) -> Secrets | None:
    """Return the secrets of a person's own webhook, and let nobody else change them."""
    rows = tx.ask(_LOCK_SECRETS, person=person, id=webhook)
    return secrets_of(rows[0]) if rows else None


def change_secrets(tx: Transaction, webhook: int, secrets: Secrets, now: datetime) -> None:
    """Remember the secrets of a webhook, which are locked, as they are from now on."""
    former, older = secrets.former[:1], secrets.former[1:]
    tx.tell(
        _CHANGE_SECRETS,
        id=webhook,
        secret=secrets.newest,
        former=former[0].secret if former else None,
        former_until=former[0].until if former else None,
        older=[each.secret for each in older],
        older_until=[each.until for each in older],
        now=now,
    )


def secrets_of(row: Any) -> Secrets:
    """Return the secrets of a row of `webhook`."""
    pairs = [
        (row.former_secret, row.former_secret_until),
        *zip(row.older_secrets, row.older_secrets_until, strict=True),
    ]
    former = (Former(bytes(secret), until) for secret, until in pairs if secret is not None)
    return Secrets(bytes(row.secret), tuple(former))


def remove(tx: Transaction, webhook: int, now: datetime) -> None:
    """Remove a webhook, which is locked. Its deliveries are swept."""
    tx.tell(_REMOVE, id=webhook, now=now)
    tx.tell(_REMOVE_LINES, id=webhook)


def erase(tx: Transaction, person: int) -> None:
    """Forget the webhooks of a person, who is buried: nothing is planned or taken any more."""
    tx.tell(_LOCK_QUEUE, person=person)
    for statement in _ERASE:
        tx.tell(statement, person=person)


def count_test(tx: Transaction, webhook: int) -> int:
    """Return how many tests the webhook, which is locked, had with this one."""
    return int(tx.ask(_COUNT_TEST, id=webhook)[0].tests)


def _webhook(rows: list[Any]) -> Webhook | None:
    return Webhook(*rows[0]) if rows else None
