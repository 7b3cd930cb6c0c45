"""Why a command of the supply chain ends: it failed, or could not ask anybody."""

from sakina_local.problems import Problem

__all__ = ["NotReached", "Problem"]


class NotReached(Problem):
    """Whoever would know did not answer, so nothing was found out: neither good nor bad."""
