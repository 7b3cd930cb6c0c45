"""Who reads in a khatma, and how one comes in."""

from contracts.fields import Id, Juz, Moment
from contracts.models import Answer, Done, Request
from contracts.people import Person
from contracts.personal import PersonName


class Joined(Done):
    """The chapter that fell to the asker."""

    chapter_assigned: Juz


class Invite(Request):
    """Whom to invite: the account behind the e-mail that was named, or null for an unknown one."""

    id: Id
    member: Id | None


class Member(Answer):
    """A member now, with the numbers of their chapters."""

    id: Id
    fullname: PersonName
    joined_at: Moment
    chapters_held: list[int]
    chapters_done: list[int]


class Participant(Answer):
    """A member, whose `id` is the person's, and the chapter that they are at.

    It is the lowest that they hold; where they hold none, the one that they finished last.
    """

    id: Id
    user: Person
    joined_at: Moment
    chapter_assigned: int | None
    is_chapter_completed: bool
