"""How a person is shown to others: never an e-mail, never a phone."""

from contracts.fields import Id
from contracts.models import Answer
from contracts.personal import PersonName


class Person(Answer):
    """A person in a khatma, by the name they chose to show."""

    id: Id
    fullname: PersonName
