"""Doing a mutating request once, however often it arrives."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from psycopg2.errors import UniqueViolation
from sqlalchemy import text

from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from chassis.work import context as request
from chassis.work.encoding import Encoded, encode
from contracts.refusals import Conflict, KeyReused
from contracts.rpc import Call, Command, RpcMethod

# One round trip. A first request that commits between this statement's snapshot and its lock
# stays unseen here; the insert of _KEEP then meets its row, and everything is undone and looked
# for anew.
_LOOK = text(
    """
    with gone as (
        delete from command where id = :id and expires_at <= cast(:now as timestamptz)
    )
    select pg_try_advisory_xact_lock(hashtextextended(:id, 0)) as mine,
           stored.fingerprint, stored.result
    from (select 1) as always
    left join command as stored
        on stored.id = :id and stored.expires_at > cast(:now as timestamptz)
    """
)
_FIND = text("select fingerprint, result from command where id = :id and expires_at > :now")
_WAIT = text("select pg_advisory_xact_lock(hashtextextended(:id, 0))")
_PATIENCE = text("select set_config('lock_timeout', :milliseconds, true)")
_KEEP = text(
    """
    insert into command (id, actor, fingerprint, result, expires_at)
    values (:id, :actor, :fingerprint, :result, :expires_at)
    """
)
_FORGET = text("delete from command where actor = :actor")

Work = Callable[[Transaction], Any]


def once(
    db: Database,
    method: RpcMethod[Any],
    call: Call[Any],
    work: Work,
    whose: Callable[[Any], int] | None = None,
) -> Encoded:
    """Do `work` in one transaction with the record of its command, or answer the record.

    A command that the gateway made for one request is new unless the broker delivers it again: its
    record is not looked for, the insert of it tells.

    Args:
        db: The service's database.
        method: What was called; results of a method that does not keep them are not stored.
        call: Whose `command` tells a repeat from a new request.
        work: Does the thing with the transaction that it is given and returns the answer.
        whose: Returns from the answer the id of the person it tells of, with whom the record is
            to be forgotten; without it that is the asker.

    Raises:
        Conflict: The same command is being worked on right now, or was carried out and its answer
            is not kept.
        KeyReused: The command came before with another body.
        Late: Whoever asked has stopped waiting; nothing is begun for them.
        Unavailable: The database is away, or too busy.
    """
    request.refuse_if_late()
    command = call.command
    if command is None or not method.is_once:
        return db.transact(lambda tx: encode(work(tx)))

    def attempt(look: bool) -> Encoded:
        def carry_out(tx: Transaction) -> Encoded:
            if look and (stored := _found(tx, method, command)):
                return stored
            answer = work(tx)
            result = encode(answer)
            asker = call.actor.id if call.actor else None
            kept = method.told_again.format_map(answer) if method.told_again else result.decode()
            _keep(tx, whose(answer) if whose else asker, command, kept)
            return result

        return db.transact(carry_out)

    try:
        return attempt(look=_may_be_kept(command))
    except UniqueViolation as error:
        if error.diag.constraint_name != "command_pkey":
            raise
        return attempt(look=True)


def answered(reader: Reader, method: RpcMethod[Any], call: Call[Any]) -> Encoded | None:
    """Return the answer that the command of `call` got before, if it has one.

    For a method whose work begins with something dear, to be looked at before that; `once` looks
    again.

    Raises:
        KeyReused: The command came before with another body.
        Conflict: It was carried out, and its answer is not kept.
    """
    command = call.command
    if command is None or not method.is_once or not _may_be_kept(command):
        return None
    rows = reader.ask(_FIND, id=command.id, now=clock.now())
    return _same(method, command, rows[0].fingerprint, rows[0].result) if rows else None


def forget(tx: Transaction, actor: int) -> None:
    """Forget every answer that was kept for `actor`, of whom nothing is to be left."""
    tx.tell(_FORGET, actor=actor)


def _may_be_kept(command: Command) -> bool:
    """Whether it may have come before: a client's has a fingerprint, the broker says the rest."""
    return bool(command.fingerprint) or request.current().redelivered


def _found(tx: Transaction, method: RpcMethod[Any], command: Command) -> Encoded | None:
    if request.current().redelivered:
        # The first delivery may still be at work: it is this very request, so wait for it.
        tx.tell(_PATIENCE, milliseconds=str(_patience()))
        tx.ask(_WAIT, id=command.id)
    row = tx.ask(_LOOK, id=command.id, now=clock.now())[0]
    if not row.mine:
        raise Conflict(
            "The same request is being worked on. Wait for its answer, then try again.",
            retry_after=1,
        )
    if row.result is None:
        return None
    return _same(method, command, row.fingerprint, row.result)


def _same(method: RpcMethod[Any], command: Command, fingerprint: str, result: str) -> Encoded:
    """Return the `result` that is kept, where it is that of the same request."""
    if fingerprint != command.fingerprint:
        raise KeyReused(
            "This Idempotency-Key was used with another body. Use a new key for a new request."
        )
    if method.told_again:
        raise Conflict(result)
    return Encoded(result.encode())


def _patience() -> int:
    deadline = request.current().deadline
    if deadline is None:
        return 5000
    return max(1, int((deadline - clock.now().timestamp()) * 1000))


def _keep(tx: Transaction, actor: int | None, command: Command, result: str) -> None:
    tx.tell(
        _KEEP,
        id=command.id,
        actor=actor,
        fingerprint=command.fingerprint,
        result=result,
        expires_at=clock.now() + timedelta(seconds=command.keep_seconds),
    )
