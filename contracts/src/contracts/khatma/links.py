"""Links that let others into a khatma."""

from typing import Annotated

from pydantic import Field, StrictInt

from contracts.fields import Id, Moment, Whole
from contracts.khatma.members import Joined
from contracts.models import Answer, Request
from contracts.people import Person
from contracts.personal import PrivateText


class LinkForm(Request):
    """How long a link lets people in, and how many."""

    expires_in_days: Annotated[StrictInt, Field(ge=1, le=30), Whole] = 7
    max_uses: Annotated[StrictInt, Field(ge=1, le=100), Whole] = 30


class MakeLink(LinkForm):
    """A link that lets others into a group khatma."""

    id: Id


class MadeLink(Answer):
    """A new link, with its code, which nobody is told again."""

    id: Id
    code: PrivateText
    expires_at: Moment
    uses_left: int


class Link(Answer):
    """A link that lets others in, and who made it."""

    id: Id
    maker: Person
    created_at: Moment
    expires_at: Moment
    uses_left: int


class OneLink(Request):
    """A link of a khatma."""

    id: Id
    link: Id


class LinkCode(Request):
    """The code of a link, or a guess."""

    code: PrivateText


class JoinedByLink(Joined):
    """The same, and which khatma it is."""

    khatma: Id
