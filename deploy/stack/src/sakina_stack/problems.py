"""What stops a command, said in one sentence that names the next step."""


class Problem(Exception):
    """Something that the person at the terminal can cure.

    Args:
        sentence: What is wrong and what to do about it.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
