"""A khatma's chapters that are held or done. A chapter is a juz, 1 to 30."""

from typing import Literal

from contracts.fields import Id, Juz, Moment, Page, PageSize
from contracts.models import Answer, Request
from contracts.personal import PersonName


class PageParts(Request):
    """A page of a khatma's chapters that are held or done, of all members or of the asker."""

    id: Id
    user: Literal["me"] | None = None
    page: Page = 1
    page_size: PageSize = 30


class PartReader(Answer):
    """Who holds or has done a chapter; without id and name, somebody whose account is gone."""

    id: Id | None
    fullname: PersonName


class TakenPart(Answer):
    """A chapter that is held or done."""

    khatma: Id
    chapter_assigned: Juz
    is_completed: bool
    user: PartReader
    claimed_at: Moment
    completed_at: Moment | None


class PartPage(Answer):
    """A page of a khatma's chapters that are not open, the lowest first."""

    count: int
    results: list[TakenPart]
    khatma_creator_name: PersonName
