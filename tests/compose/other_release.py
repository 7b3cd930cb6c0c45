"""Images of a release that is not the one that runs: made of that one, with what differs."""

from pathlib import Path

from stack import Run, docker

LATER = Path(__file__).parent / "later_release.py"


def make(folder: Path, run: Run, service: str, release: str, *lines: str) -> None:
    """Make an image of the service that differs from the one that runs.

    Args:
        folder: Where files that `lines` copy are.
        run: Whose images there are.
        service: One of ours.
        release: The tag of the new image.
        lines: Of a Dockerfile.
    """
    (folder / "Dockerfile").write_text(
        "\n".join([f"FROM {run.image(service)}", f"LABEL release={release}", *lines])
    )
    docker("build", "--quiet", "--tag", f"sakina-{service}:{release}", str(folder))


def make_later(folder: Path, run: Run, service: str, release: str, head: str) -> None:
    """Make an image as a later release has it: `later_release.py` says what is new.

    Args:
        folder: An empty one.
        run: Whose images there are.
        service: One of ours.
        release: The tag of the new image.
        head: The version of its schema, after which one more comes.
    """
    (folder / LATER.name).write_bytes(LATER.read_bytes())
    change = f"RUN python {LATER.name} {service} {head}"
    make(folder, run, service, release, "USER root", f"COPY {LATER.name} .", change, "USER 10001")
