"""Who makes a request, and how a route asks the services in their name."""

import time
from typing import Annotated, Any

from fastapi import Depends, Request

from contracts.emails import email_key
from contracts.models import Nothing
from contracts.models import Request as Body
from contracts.rpc import Command, RpcMethod
from gateway.address import client_address
from gateway.idempotency import HEADER, check_key, client_command, own_command
from gateway.middleware.reading import IS_HEAD
from gateway.parts import Parts
from gateway.tokens import Identity

NOTHING = Nothing()


class Caller:
    """One request's way to the services. `identity` is None on an open route."""

    __slots__ = ("identity", "parts", "request")

    def __init__(self, request: Request, parts: Parts, identity: Identity | None) -> None:
        self.request = request
        self.parts = parts
        self.identity = identity

    @property
    def me(self) -> int:
        """The id of the person who asks. Raises ValueError on an open route."""
        if self.identity is None:
            raise ValueError("nobody is known to ask")
        return self.identity.user

    @property
    def wants_head(self) -> bool:
        """Whether only the head of the answer is asked for."""
        return IS_HEAD in self.request.scope

    @property
    def address(self) -> str:
        """The network address that the request comes from."""
        return client_address(self.request.scope, self.parts.settings.proxies)

    def path(self, path: str) -> str:
        """Return `path` of the gateway as clients write it."""
        return self.parts.settings.prefix + path

    async def ask(
        self, method: RpcMethod[Any], body: Body = NOTHING, *, said: Body | None = None
    ) -> bytes:
        """Return the JSON that `method` answers to `body`.

        A method that writes is given the command that this request is. `said` is what the
        client itself sent, where `body` says it differently. Raises Refusal.
        """
        command = self._command(method, said or body) if method.writes else None
        actor = None if self.identity is None else self.identity.wire
        return await self.parts.rpc.call(method, body, actor=actor, command=command)

    def end_session(self) -> None:
        """Let nobody in with this session from now on, before auth's event says so to all."""
        if self.identity is not None:
            self.parts.revoked.add(self.identity.user, self.identity.session, time.time())

    def _command(self, method: RpcMethod[Any], said: Body) -> Command:
        key = self.request.headers.get(HEADER)
        if key is not None:
            check_key(key)
        if key is None or not method.is_once:
            return own_command()
        # Strangers who register share no key: they are told apart by what they register.
        stranger = f"anonymous {email_key(getattr(said, 'email', ''))}"
        who = stranger if self.identity is None else str(self.identity.user)
        target = self.request.method, self.request.scope["path"]
        return client_command(key, who, target, said, self.parts.fingerprint_key)


def _caller(request: Request) -> Caller:
    return Caller(request, request.app.state.parts, request.scope.get("sakina.identity"))


CallerOf = Annotated[Caller, Depends(_caller)]
"""The parameter by which a route gets its caller."""
