"""What stops the local system, said in one sentence that names the next step."""

from sakina_stack.problems import Problem

__all__ = ["Problem"]
