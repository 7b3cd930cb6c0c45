"""Why a khatma says no, in the domain's own words.

Refused
 ├─ Unknown    not there, or not theirs to know of
 ├─ NotTheirs  known to them, but not theirs to do
 ├─ Clash      the state of things does not allow it
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
