"""Tells people what happened to them, from what the other services announce."""
