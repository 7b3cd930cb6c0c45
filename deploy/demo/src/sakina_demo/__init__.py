"""Fills a running system with believable people, sessions and khatmas, by the public API alone."""
