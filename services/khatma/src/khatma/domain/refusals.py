"""Why a khatma says no, in the domain's own words.

Refused
 ├─ Unknown    not there, or not theirs to know of
 ├─ NotTheirs  known to them, but not theirs to do
 ├─ Clash      the state of things does not allow it
 │   └─ Taken  a part is another's
 └─ Wrong      a named field does not fit
"""


class Refused(Exception):
    """A rule of khatmas was not kept; the text is one sentence for the person."""


class Unknown(Refused):
    """The khatma is not there, or not this person's to know of."""


class NotTheirs(Refused):
    """The person may know of it but not do this."""


class Clash(Refused):
    """The state of the khatma does not allow it now."""


class Taken(Clash):
    """A part that somebody wants is another's.

    Args:
        number: Of the part.
        member: Whose it is; None where their account is gone.
        done: Whether they have done it, and do not just hold it.
    """

    def __init__(self, number: int, member: int | None, *, done: bool) -> None:
        super().__init__(self.said(number, "another member", done=done))
        self.number = number
        self.member = member
        self.done = done

    @staticmethod
    def said(number: int, name: str, *, done: bool) -> str:
        """Return the sentence that says whose it is."""
        if done:
            return f"Chapter {number} is done already, by {name}."
        return f"Chapter {number} is held by {name}. Choose an open one."

    def by(self, name: str) -> str:
        """Return the sentence with the name of whose it is."""
        return self.said(self.number, name, done=self.done)


class Wrong(Refused):
    """A field does not fit the khatma.

    Args:
        field: Name of the field, as the person wrote it.
        message: What would fit, in a sentence.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
