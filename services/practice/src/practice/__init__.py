"""Meditation sessions, what they add up to, and the leaderboard."""
