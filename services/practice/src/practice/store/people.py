"""The copies that practice keeps of people."""

from person.copies import Copies

people = Copies("username", "timezone", "day_starts_at", "visibility", numbers="session_id_seq")
