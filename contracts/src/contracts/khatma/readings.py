"""Reading sessions: what a member said of a chapter."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.fields import Day, Flag, Id, Juz, Moment, Prose
from contracts.models import Answer, Request, absent
from contracts.personal import Personal, PrivateText

Notes = Annotated[Prose, Personal.PRIVATE, StringConstraints(max_length=2000)]


class ReadingReport(Request):
    """What was read of a chapter. Without a `reading_date`, the reader's own today.

    Not completed: an open chapter becomes the reader's, their own stays theirs, and one that they
    finished less than a day ago is unfinished again. `notes` stay where they are not said again.
    """

    chapter_assigned: Juz
    is_completed: Flag
    reading_date: Day = Field(default_factory=absent)
    notes: Notes = ""


class LogReading(Request):
    """A report on a khatma's chapter."""

    id: Id
    report: ReadingReport


class Reading(Answer):
    """A reading session."""

    id: Id
    khatma: Id
    chapter_assigned: Juz
    is_completed: bool
    reading_date: date
    notes: PrivateText
    created_at: Moment


class OneReading(Request):
    """One of the asker's own reading sessions."""

    id: Id


class ListReadings(Request):
    """The asker's own reading sessions: newest first, at most 200; `after` (an id) goes on."""

    khatma: Id | None = None
    after: Id | None = None
