"""Parts of an answer that come from several services at once."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from contracts.refusals import Refusal
from contracts.rpc import RpcMethod
from gateway.caller import Caller

_SERVICES_FAULT = 500


async def parts_of(
    caller: Caller,
    asked: Mapping[RpcMethod[Any], Mapping[str, str]],
    *,
    may_all_fail: bool = False,
) -> tuple[dict[str, Any], list[str]]:
    """Ask all methods at once; return the fields they give, and the services that are down.

    Args:
        caller: Who asks.
        asked: For each method, the fields to take: name in the answer made here → name there.

        may_all_fail: Whether there is more in the answer than what is asked for here.

    The fields of a service that is down are null. Raises Refusal where a service said no, or
    where every one of them is down and that leaves nothing to say.
    """
    answers = await asyncio.gather(*(_part(caller, method) for method in asked))
    failed = [answer for answer in answers if isinstance(answer, Refusal)]
    if len(failed) == len(asked) and not may_all_fail:
        raise failed[0]
    fields: dict[str, Any] = {}
    degraded: list[str] = []
    for (method, names), answer in zip(asked.items(), answers, strict=True):
        if isinstance(answer, Refusal):
            degraded.append(method.service)
            fields |= dict.fromkeys(names)
        else:
            fields |= {name: answer.get(there) for name, there in names.items()}
    return fields, degraded


async def _part(caller: Caller, method: RpcMethod[Any]) -> dict[str, Any] | Refusal:
    try:
        answer: dict[str, Any] = orjson.loads(await caller.ask(method))
    except Refusal as refusal:
        if refusal.status < _SERVICES_FAULT:
            raise
        return refusal
    return answer
