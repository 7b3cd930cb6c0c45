"""The copies that khatma keeps of people."""

from person.copies import Copies

people = Copies(
    "username", "fullname", "timezone", "day_starts_at", "visibility", numbers="khatma_id_seq"
)
