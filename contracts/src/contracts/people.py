"""How a person is shown to others: never an e-mail, never a phone."""

from typing import Literal

from contracts.fields import Id
from contracts.models import Answer
from contracts.personal import PersonName

Visibility = Literal["companions", "everybody", "nobody"]
"""Who sees a person's figures and achievements: those who are in a khatma with them, everybody who
is logged in, or nobody, who then has no name on the leaderboard either."""


class Person(Answer):
    """A person in a khatma, by the name they chose to show."""

    id: Id
    fullname: PersonName
