"""Stacks for tests: one for each process, others to be broken, and none left at the end.

Two processes share the files of tests between them, and no file is divided.
"""

import os
import signal
from collections.abc import Callable, Generator, Iterator
from types import FrameType

import httpx
import pytest
from load import Reader
from stack import Run, Stack

RUN = "SAKINA_TEST_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """Give the run its name, which both processes take over."""
    if not _is_worker(config):
        os.environ[RUN] = Run.new().name
    signal.signal(signal.SIGTERM, _leave)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Build the images once, before any test."""
    if _is_worker(session.config) or session.config.option.collectonly:
        return
    built = Stack.fresh(Run(os.environ[RUN])).try_compose("build", "--quiet")
    if built.returncode:
        pytest.exit(f"The images cannot be built:\n{built.stderr}", returncode=1)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take down whatever a process that was stopped or killed could not."""
    if not _is_worker(config):
        Run(os.environ[RUN]).sweep()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the containers of its stacks had to say meanwhile."""
    report = yield
    for stack in getattr(item, "funcargs", {}).values() if report.failed else ():
        if isinstance(stack, Stack):
            report.sections.append((f"what {stack.name} said", stack.complaints(since=call.start)))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests recorded."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties if report.when == "call" else ():
            terminalreporter.line(f"{report.location[2]}: {name}: {value}")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Be told to stop as by Ctrl-C, so that what is up is taken down."""
    raise KeyboardInterrupt


@pytest.fixture(scope="session")
def run() -> Run:
    """This run, of which every stack is a part."""
    return Run(os.environ[RUN])


@pytest.fixture(scope="session")
def stack(run: Run) -> Iterator[Stack]:
    """The stack as docs/operations.md starts it, with a limit of requests that leaves room."""
    many = ("SAKINA_RATE", "SAKINA_RATE_BURST", "SAKINA_AUTH_RATE")
    any_number = ("SAKINA_SIGNUP_RATE", "SAKINA_LOGIN_RATE")
    made = Stack.fresh(run, **dict.fromkeys(many, "2000"), **dict.fromkeys(any_number, "0"))
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture
def spare(run: Run) -> Iterator[Callable[[], Stack]]:
    """Make another stack, not started, to be broken."""
    made: list[Stack] = []

    def fresh() -> Stack:
        made.append(Stack.fresh(run))
        return made[-1]

    yield fresh
    for one in made:
        one.down()


@pytest.fixture(scope="session")
def http(stack: Stack) -> Iterator[httpx.Client]:
    """A client of the published port."""
    with httpx.Client(base_url=stack.url, timeout=30) as client:
        yield client


@pytest.fixture
def reader(stack: Stack) -> Reader:
    """A person who logs sessions."""
    return Reader.signed_up(stack.url)
