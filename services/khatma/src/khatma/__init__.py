"""Khatmas: their members, parts and reading sessions, and what reading earns."""
