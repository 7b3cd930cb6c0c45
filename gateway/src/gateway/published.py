"""What is the same for everybody for as long as the process lives: pages, scripts, documents."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from contracts.preconditions import entity_tag
from gateway.preconditions import shown


class Published:
    """A document that a browser may keep, and asks again whether it is still so.

    Args:
        content: Its bytes.
        media_type: What they are.
        headers: Further ones, also of a 304.
    """

    def __init__(self, content: bytes, media_type: str, headers: Mapping[str, str]) -> None:
        self._content = content
        self._media_type = media_type
        self._headers = headers
        self._tag = entity_tag(content)

    def answer(self, request: Request) -> Response:
        """Answer a GET or HEAD: 304 where the browser has it.

        Raises PreconditionFailed where a condition of the request does not hold.
        """
        response = shown(request, self._content, tag=self._tag)
        if response.status_code == 200:
            response.headers["Content-Type"] = self._media_type
        response.headers.update(self._headers)
        return response
