"""What a member intends with a khatma: seen by them alone, in no event and no log."""

from typing import Any

from chassis.data.database import Reader, Transaction
from contracts.khatma.intentions import SetIntentions
from contracts.khatma.khatmas import OneKhatma
from contracts.refusals import Forbidden, NotFound
from contracts.rpc import Call
from khatma.domain.khatma import INTENTIONS_OF_MEMBERS
from khatma.store import intentions as store
from khatma.usecases.refusals import refusing
from khatma.usecases.seen import seen


def intentions(reader: Reader, call: Call[OneKhatma]) -> list[dict[str, Any]]:
    """Return a list of one: the asker's own intentions, of which there may be none.

    Raises:
        Forbidden: They are no member.
        NotFound: They may not know of the khatma.
    """
    found = store.find(reader, call.body.id, call.asker.id)
    if found is None:
        raise NotFound("There is no such khatma.")
    if not found.is_member:
        raise Forbidden(INTENTIONS_OF_MEMBERS)
    return [{"intention": found.intention}]


def set_intentions(tx: Transaction, call: Call[SetIntentions]) -> list[dict[str, Any]]:
    """Put these in place of the asker's own intentions; return what they are now.

    Raises:
        Forbidden: They are no member.
        NotFound: They may not know of the khatma.
        Unauthenticated: The account was deleted.
    """
    khatma = seen(tx, call.asker, call.body.id).khatma
    with refusing():
        khatma.let_intend(call.asker.id)
    store.keep(tx, khatma.id, call.asker.id, call.body.intention)
    return [{"intention": call.body.intention}]
