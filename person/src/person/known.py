"""A person, as a service knows them."""

from dataclasses import dataclass, field

from person.clock import Clock


@dataclass(frozen=True, slots=True)
class Person:
    """A person, as their token or what auth announced of them says.

    What a service does not keep of people is here as of one who never said it.

    Attributes:
        id: Their id in the whole system.
        username: What they are called where they gave no full name.
        fullname: The name they chose to show; may be empty.
        clock: How they count days.
        version: Grows with each change of their account; the higher one is the newer truth.
        deleted: Whether their account is gone for good.
        visibility: Who sees their figures: companions, everybody or nobody.
    """

    id: int
    username: str = ""
    fullname: str = ""
    clock: Clock = field(default_factory=Clock)
    version: int = 0
    deleted: bool = False
    visibility: str = "companions"

    @property
    def shown_name(self) -> str:
        """The full name, or the username where there is none."""
        return self.fullname or self.username
