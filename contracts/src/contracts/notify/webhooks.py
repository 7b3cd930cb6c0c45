"""The RPC methods of notify by which people have events sent to addresses of their own."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StrictInt, StringConstraints

from contracts.fields import (
    NAME_OR_NONE_SCHEMA,
    Flag,
    GivenMoment,
    Id,
    IsNameOrNone,
    Line,
    Moment,
    Whole,
)
from contracts.models import Answer, Change, Done, Nothing, Request, absent
from contracts.personal import Personal, PrivateText
from contracts.preconditions import Conditional
from contracts.refusals import Conflict, Invalid, NotFound, PreconditionFailed
from contracts.rpc import RpcMethod

LONGEST_URL = 2000
LONGEST_OVERLAP_HOURS = 168

DisabledReason = Literal["owner", "gone", "failing"]
"""`owner`: its owner said so. `gone`: it answered 410. `failing`: the last retry of a delivery
failed, and nothing got through since its first try."""

DeliveryState = Literal["waiting", "delivered", "failed", "withheld"]
"""`failed`: its tries are used up. `withheld`: its owner may not see the event any more; with the
problem `unwanted`, the webhook is for events of other types by now."""

Problem = Literal[
    "address",
    "answer",
    "closed",
    "gone",
    "refused",
    "resolution",
    "redirect",
    "status",
    "timeout",
    "tls",
    "unwanted",
]
"""Why a try failed: a forbidden address; no HTTP, or too much of it; the connection ended, or was
refused; 410; a name that leads nowhere; an answer 3xx; one that is neither 2xx nor these; no
answer within 15 s; a certificate that is not good for the host."""

# Where one has events sent may hold a secret of that place.
Url = Annotated[
    Line,
    Personal.PRIVATE,
    StringConstraints(min_length=8, max_length=LONGEST_URL),
    Field(
        description="http:// or https://, without credentials and fragment; at port 80, 443, or "
        "1024 and above; of a host that leads to public addresses alone.",
        examples=["https://example.com/hooks/sakina"],
    ),
]
Types = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=100)]],
    Field(
        max_length=50,
        description="Types of events, with or without their version, or patterns as those of a "
        "topic exchange: `*` is one word, `#` any number. `khatma.*` and `khatma.#` are all of "
        "khatma's. None for all.",
        examples=[["khatma.#", "practice.session_logged"]],
    ),
]
Description = Annotated[
    Line,
    Personal.PRIVATE,
    StringConstraints(max_length=200),
    IsNameOrNone,
    Field(json_schema_extra=NAME_OR_NONE_SCHEMA),
]


class CreateWebhook(Request):
    """An address to which what one may see is sent from now on."""

    url: Url
    types: Types = Field(default_factory=list)
    description: Description = ""


class WebhookChange(Change):
    """What may be changed of a webhook."""

    read_only: ClassVar[frozenset[str]] = frozenset(
        {
            "id",
            "disabled_reason",
            "disabled_at",
            "former_secret_until",
            "created_at",
            "updated_at",
        }
    )

    url: Url = Field(default_factory=absent)
    types: Types = Field(default_factory=absent)
    description: Description = Field(default_factory=absent)
    enabled: Flag = Field(
        default_factory=absent,
        description="While it is disabled, nothing is sent. What waited before goes on, in its "
        "order, once it is enabled; what happened meanwhile comes by redelivery.",
    )


class OneWebhook(Request):
    """One of the asker's own webhooks."""

    id: Id


class ChangeWebhook(OneWebhook, Conditional):
    """A webhook, and what to change of it."""

    change: WebhookChange


class DeleteWebhook(OneWebhook, Conditional):
    """A webhook, to be deleted with its deliveries."""


class RotationForm(Request):
    """How long the secret of before signs, too."""

    overlap_hours: Annotated[
        StrictInt,
        Field(
            ge=0,
            le=LONGEST_OVERLAP_HOURS,
            description="For so long each delivery is signed by the secret of before, too; those "
            "before it keep their time. 0 ends all of them at once, where one got out. `24`, "
            '`24.0` and `"24"` are the same number, as everywhere.',
        ),
        Whole,
    ] = 24


class RotateSecret(RotationForm, OneWebhook):
    """A webhook that gets another secret."""


class Webhook(Answer):
    """An address to which events are sent."""

    id: Id
    url: PrivateText
    types: list[str]
    description: PrivateText
    enabled: bool
    disabled_reason: DisabledReason | None
    disabled_at: Moment | None
    former_secret_until: Moment | None = Field(
        description="Until then what is sent is signed by the secret of before, too. Each that was "
        "replaced earlier signs until its own time, which its rotation told."
    )
    created_at: Moment
    updated_at: Moment


class NewWebhook(Webhook):
    """A webhook with its secret, which nobody is told again."""

    secret: PrivateText = Field(description="Key of the signatures, by Standard Webhooks.")


class NewSecret(Answer):
    """A secret, which nobody is told again."""

    id: Id
    secret: PrivateText
    former_secret_until: Moment | None


class Delivery(Answer):
    """An event on its way to a webhook, or after it."""

    id: Id
    event_id: UUID = Field(description="`id` of the event, and the header `webhook-id`.")
    type: str
    subject: str
    state: DeliveryState
    tries: int = Field(description="How many it had in all; those of a redelivery count on.")
    created_at: Moment
    next_try_at: Moment | None = Field(
        description="Null where none is to come, it is being tried now, it is behind another one "
        "of its subject, or the webhook is disabled."
    )
    last_try_at: Moment | None
    response_code: int | None = Field(description="HTTP status of the last try, if it had one.")
    latency_ms: int | None = Field(description="From the first step of the last try to its end.")
    problem: Problem | None = Field(
        description="Why the last try failed, or why none was made (`unwanted`)."
    )


class PageDeliveries(OneWebhook):
    """Deliveries of a webhook, the newest event first."""

    before: Id | None = None
    limit: int = Field(default=50, ge=1, le=100)


class Deliveries(Answer):
    """Some deliveries, and where to go on."""

    results: list[Delivery]
    next: Id | None = Field(description="`before` of the deliveries that follow; null at the end.")


class OneDelivery(OneWebhook):
    """A delivery of one of the asker's own webhooks."""

    delivery: Id


class RedeliveryForm(Request):
    """What to send again: what was recorded since then, oldest first."""

    since: GivenMoment


class RedeliverSince(RedeliveryForm, OneWebhook):
    """A webhook, and since when what the asker may see is sent there again."""


class Redelivered(Done):
    """How much is sent again."""

    redelivered: int
    next: Moment | None = Field(
        description="`since` of what follows, where one request was not enough; else null."
    )


# Those that are told an address ask DNS for it, and wait for servers of somebody else: they are not
# to have every worker.
CREATE_WEBHOOK = RpcMethod(
    "notify",
    "create_webhook",
    CreateWebhook,
    NewWebhook,
    (Invalid, Conflict),
    writes=True,
    keeps_result=False,
    told_again="This request made the webhook {id} before, and its secret is told only once. "
    "If you have no secret, rotate it with a new Idempotency-Key.",
    slow=True,
)
LIST_WEBHOOKS = RpcMethod("notify", "list_webhooks", Nothing, list[Webhook])
GET_WEBHOOK = RpcMethod("notify", "get_webhook", OneWebhook, Webhook, (NotFound,))
CHANGE_WEBHOOK = RpcMethod(
    "notify",
    "change_webhook",
    ChangeWebhook,
    Webhook,
    (Invalid, NotFound, PreconditionFailed),
    writes=True,
    slow=True,
)
DELETE_WEBHOOK = RpcMethod(
    "notify", "delete_webhook", DeleteWebhook, Done, (NotFound, PreconditionFailed), writes=True
)
ROTATE_SECRET = RpcMethod(
    "notify",
    "rotate_secret",
    RotateSecret,
    NewSecret,
    (NotFound, Conflict),
    writes=True,
    keeps_result=False,
    told_again="This request gave the webhook {id} another secret before, and that is told only "
    "once. If you do not have it, rotate again with a new Idempotency-Key.",
)
TEST_WEBHOOK = RpcMethod(
    "notify", "test_webhook", OneWebhook, Delivery, (NotFound, Conflict), writes=True
)
PAGE_DELIVERIES = RpcMethod("notify", "page_deliveries", PageDeliveries, Deliveries, (NotFound,))
GET_DELIVERY = RpcMethod("notify", "get_delivery", OneDelivery, Delivery, (NotFound,))
REDELIVER = RpcMethod(
    "notify", "redeliver", OneDelivery, Delivery, (NotFound, Conflict), writes=True
)
REDELIVER_SINCE = RpcMethod(
    "notify", "redeliver_since", RedeliverSince, Redelivered, (NotFound, Conflict), writes=True
)
