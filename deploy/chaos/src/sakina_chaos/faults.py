"""What may befall a system: each fault by its name, on what, and how it is brought about."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sakina_chaos.proxy import Proxy
from sakina_chaos.stage import BROKER, INSTANCES, KINDS, LINKS, POSTGRES, Stage

DELAY_SECONDS = 0.3
ONE_IN_THREE = 1 / 3
FULL_DISK = "disk full"


class Skipped(Exception):
    """The fault cannot be brought about here; the text says why."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: What is done.
        on: To what.
        bring: Does it, and undoes what does not mend itself; then the system is to come back.
    """

    name: str
    on: str
    bring: Callable[[Stage], None]

    def __str__(self) -> str:
        return f"{self.name}: {self.on}"


def kills(times: int, rng: random.Random) -> Iterator[Fault]:
    """Give kills of everything, each kind `times` times, in an order of chance.

    Of a service with two instances one is killed; one time in three both are, in one moment.
    """
    for _ in range(times):
        for kind in rng.sample(KINDS, len(KINDS)):
            everyone = rng.random() < ONE_IN_THREE
            yield Fault("kill -9", kind, partial(_kill, kind=kind, everyone=everyone, rng=rng))


def _kill(stage: Stage, *, kind: str, everyone: bool, rng: random.Random) -> None:
    running = stage.running(kind)
    stage.kill(running if everyone else [rng.choice(running)] if running else [])


def kill_all(kind: str) -> Fault:
    """Kill every process of a kind in one moment."""
    return Fault("kill -9", kind, lambda stage: stage.kill(stage.running(kind)))


def freezes(seconds: float, rng: random.Random, kinds: Sequence[str] = KINDS) -> Iterator[Fault]:
    """Give a freeze of each of `kinds`, in an order of chance; of a service one instance."""
    for kind in rng.sample(kinds, len(kinds)):
        yield Fault("freeze", kind, partial(_freeze, kind=kind, seconds=seconds, rng=rng))


def _freeze(stage: Stage, *, kind: str, seconds: float, rng: random.Random) -> None:
    frozen = [rng.choice(stage.running(kind))] if kind not in (POSTGRES, BROKER) else []
    frozen = frozen or stage.running(kind)
    stage.freeze(frozen)
    stage.rest(seconds)
    stage.thaw(frozen)


def frozen_and_killed(kind: str, seconds: float) -> Fault:
    """Freeze a kind, and kill it before it can go on: what was on its way to it is gone."""

    def bring(stage: Stage) -> None:
        frozen = stage.running(kind)
        stage.freeze(frozen)
        stage.rest(seconds)
        stage.kill(frozen)

    return Fault("freeze, then kill -9", kind, bring)


def away(kind: str, seconds: float) -> Fault:
    """Take something away for a while."""

    def bring(stage: Stage) -> None:
        with stage.kept_down(kind):
            stage.rest(seconds)

    return Fault(f"away for {seconds:g} s", kind, bring)


def full_disk(kind: str, seconds: float, leaving: int = 0) -> Fault:
    """Fill a server's disk, but for so many MiB, for a while.

    Where it has none of its own, nothing is done.
    """

    def bring(stage: Stage) -> None:
        disk = stage.disks.get(kind)
        if disk is None:
            raise Skipped("no disk of its own may be mounted here")
        disk.fill(leaving)
        stage.rest(seconds)
        disk.free()

    name = f"{FULL_DISK} but for {leaving} MiB" if leaving else FULL_DISK
    return Fault(name, kind, bring)


def ill_links(seconds: float, rng: random.Random) -> Iterator[Fault]:
    """Give each link each illness of a network, in an order of chance."""
    illnesses: list[tuple[str, Callable[[Proxy], None]]] = [
        ("delay", _delay),
        ("black hole", Proxy.swallow),
        ("reset", Proxy.reset),
        ("cut in mid-frame", Proxy.cut),
    ]
    every = [(link, *illness) for link in LINKS for illness in illnesses]
    for link, name, illness in rng.sample(every, len(every)):
        yield Fault(name, link, partial(_ill, link=link, illness=illness, seconds=seconds))


def _delay(proxy: Proxy) -> None:
    proxy.delay = DELAY_SECONDS


def _ill(stage: Stage, *, link: str, illness: Callable[[Proxy], None], seconds: float) -> None:
    stage.links.do(link, illness)
    stage.rest(seconds)
    stage.links.do(link, Proxy.heal)


def clock_steps(seconds: float, steps: Iterable[int]) -> Iterator[Fault]:
    """Give steps of the clock of all processes of ours, by so many seconds, for a while each.

    It is put right again afterwards, which is a step as well.
    """
    for step in steps:
        yield Fault(f"clock steps {step:+d} s", "ours", partial(_step, step=step, seconds=seconds))


def _step(stage: Stage, *, step: int, seconds: float) -> None:
    stage.clock.set(step)
    stage.rest(seconds)
    stage.clock.set(0)


def rolls(kinds: Iterable[str] = INSTANCES) -> Iterator[Fault]:
    """Give a rolling restart of each of `kinds` of processes of ours."""
    for kind in kinds:
        yield Fault("rolling restart", kind, partial(Stage.roll, kind=kind))


def everything_again() -> Fault:
    """Publish every event that is still kept once more."""

    def bring(stage: Stage) -> None:
        stage.system.publish_again()
        deadline = time.monotonic() + 30
        stage.wait_for(lambda: not any(map(stage.outbox, SERVICES)), deadline - time.monotonic())

    return Fault("everything published again", "outboxes", bring)


def poison(times: int) -> Fault:
    """Send messages that no program of ours sends, `times` times each kind."""

    def bring(stage: Stage) -> None:
        stage.poison(times)
        stage.wait_for(lambda: stage.parked() >= stage.poisoned, 30)

    return Fault("poison", "queues", bring)


SERVICES = tuple(kind for kind in INSTANCES if kind != "gateway")
