"""What one intends with a khatma."""

from fastapi import Response

from contracts.khatma import methods as khatma
from contracts.khatma.intentions import IntentionsForm, SetIntentions
from contracts.khatma.khatmas import OneKhatma
from gateway.answers import ok
from gateway.caller import CallerOf
from gateway.dependencies import closed_router
from gateway.forms import PathId
from gateway.operation import says

router = closed_router("Khatmas")


@router.get("/api/khatmas/{id:id}/intentions/", **says("One's own intentions", khatma.INTENTIONS))
async def intentions(caller: CallerOf, id: PathId) -> Response:
    """What one intends with a khatma that one is in: a list of one. Nobody else sees it."""
    return ok(await caller.ask(khatma.INTENTIONS, OneKhatma.model_construct(id=id)))


@router.post(
    "/api/khatmas/{id:id}/intentions/",
    **says(
        "Say what one intends",
        khatma.SET_INTENTIONS,
        example={"intention": ["For my grandmother", "شفاء المرضى"]},
    ),
)
async def set_intentions(caller: CallerOf, id: PathId, form: IntentionsForm) -> Response:
    """Put up to 20 lines, of up to 200 characters each, in place of what one intended before.

    They are one's own: nobody else sees them, and they go when one leaves the khatma.
    An `Idempotency-Key` is ignored: the same request does the same again.
    """
    body = SetIntentions.model_construct(id=id, intention=form.intention)
    return ok(await caller.ask(khatma.SET_INTENTIONS, body))
