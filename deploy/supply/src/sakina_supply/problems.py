"""Why a command of the supply chain ends: it failed, or could not ask anybody."""


class Problem(Exception):
    """What is wrong, in a sentence that says what to do.

    Args:
        sentence: The whole of it.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotReached(Problem):
    """Whoever would know did not answer, so nothing was found out: neither good nor bad."""
