"""Requests: read, answered once, replied to.

For services: `answers`, and `preconditions` for a change of what its caller saw.
"""
