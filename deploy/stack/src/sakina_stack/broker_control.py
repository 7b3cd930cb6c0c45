"""rabbitmqctl in a container."""

import subprocess
from collections.abc import Sequence

from sakina_stack.problems import Problem

SCRIPT = """
case "$2" in
  import_definitions) file=$(mktemp); cat > "$file"; chmod 644 "$file"; set -- "$@" "$file" ;;
esac
rabbitmqctl "$@"
status=$?
rm -f "$file"
exit $status
"""
"""For `sh -c`: rabbitmqctl under Erlang 27 never sees the end of an input that is no terminal, so
what is to be imported goes by a file."""


class ContainedControl:
    """Runs rabbitmqctl in the container of the broker.

    Args:
        compose: The command that speaks to the stack, `docker compose`.
    """

    def __init__(self, compose: Sequence[str]) -> None:
        self._compose = compose

    def __call__(self, *arguments: str, said: str = "") -> str:
        """Run rabbitmqctl with `arguments`, `said` on its input, and return what it answers.

        Raises:
            Problem: It failed, or no broker runs in this stack.
        """
        inside = ("exec", "-T", "rabbitmq", "sh", "-c", SCRIPT, "sh", "--quiet", *arguments)
        done = subprocess.run(  # noqa: S603
            [*self._compose, *inside], input=said, capture_output=True, text=True, check=False
        )
        if done.returncode:
            why = (done.stderr or done.stdout).strip()
            raise Problem(f"rabbitmqctl {arguments[0]} failed in the container of rabbitmq: {why}")
        return done.stdout
