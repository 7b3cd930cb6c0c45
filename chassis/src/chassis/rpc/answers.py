"""Answering requests: `answers(METHOD, usecase)` makes a use case reachable by RPC."""

import logging
from collections.abc import Callable
from typing import Any

from nameko.extensions import Entrypoint, register_entrypoint

from chassis.data import commands
from chassis.data.database import Transaction
from chassis.data.hands import UseCase
from chassis.rpc.backlog import Backlog
from chassis.rpc.consumer import RpcConsumer
from chassis.rpc.question import Question
from chassis.rpc.responder import refusal_body, result_body
from chassis.work.chain import Direct, Job, Onward, chain, in_context, in_contract, in_time
from chassis.work.encoding import Encoded, encode
from chassis.work.measured import measured
from chassis.work.traced import traced
from contracts.refusals import Refusal, Unexpected
from contracts.rpc import Call, RpcMethod
from telemetry.spans import Kind

log = logging.getLogger(__name__)

Answering = Callable[[Any, Any], Any]


def answers(method: RpcMethod[Any], function: Callable[..., Any]) -> Answering:
    """Return a method of a service class that answers the requests of `method` by a use case.

    Args:
        method: What is answered.
        function: The use case, of (hands, call); see `UseCase`. It returns a model, dict or list,
            or JSON that is encoded already, and says no by raising a `Refusal`. One that is given
            a `Transaction` is carried out once for each command, and its record is kept.

    Returns:
        A method that takes a `Question`, and answers the bytes of a reply. Given a `Call`, as tests
        do, it answers the result, and raises the refusal.
    """
    usecase = UseCase(function)

    def carry_out(job: Job | Direct) -> Encoded:
        def transact(work: Callable[[Transaction], Any]) -> Encoded:
            return commands.once(job.service.db, method, job.said, work)

        return encode(usecase(job, transact))

    name = method.routing_key
    about = {"rpc.system.name": "nameko", "rpc.method": name}
    layers = (
        in_time,
        replying,
        traced(name, Kind.SERVER, about),
        in_context,
        measured("rpc", name),
        in_contract,
    )
    reply = chain(layers, carry_out)

    def answer(service: Any, said: Question | Call[Any]) -> bytes | None:
        if isinstance(said, Call):
            return carry_out(Direct(service, said))
        said.service, said.method = service, method
        replied: bytes | None = reply(said)
        return replied

    answer.__name__ = answer.__qualname__ = method.name
    answer.__doc__ = function.__doc__
    register_entrypoint(answer, Answers(method))
    return answer


def replying(question: Question, onward: Onward) -> bytes:
    """Turn an answer, a refusal or a failure into the reply; the text of a failure stays here."""
    name = question.method.routing_key
    try:
        return result_body(onward(question))
    except Refusal as refusal:
        if refusal.status >= 500:
            cause = str(refusal.__cause__ or "").partition("\n")[0]
            log.warning("%s: %s %s", name, refusal.detail, cause)
        return refusal_body(refusal)
    except Exception:
        log.exception("%s failed", name)
        return refusal_body(Unexpected("The service failed. Try again; the failure is in its log."))


class Answers(Entrypoint):
    """The nameko entrypoint of one RPC method."""

    consumer = RpcConsumer()
    backlog = Backlog()

    def __init__(self, method: RpcMethod[Any], **kwargs: Any) -> None:
        self.method = method
        super().__init__(**kwargs)

    def setup(self) -> None:
        """Join the service's other methods on their one queue.

        Raises:
            ValueError: The method belongs to another service.
        """
        if self.method.service != self.container.service_name:
            raise ValueError(f"{self.method.routing_key} is not {self.container.service_name}'s")
        self.consumer.register(self)

    def stop(self) -> None:
        """Take no more requests; return when those at work are answered."""
        self.consumer.cease()
