"""Everything that a dashboard or a rule asks has an answer in a system that is in use."""

import re
from typing import Any

import pytest
from test_rules import ALERTS

from sakina_local.checkout import ROOT
from sakina_local.place import NAMES
from sakina_observability.dashboards import DASHBOARDS
from sakina_observability.prometheus import until
from sakina_observability.watched import Watched

PATIENCE_SECONDS = 60
PANELS = sorted({query for dashboard in DASHBOARDS for query in dashboard.queries()})
TABLE = (ROOT / "telemetry" / "README.md").read_text().partition("## The figures")[2]
FIGURES = set(re.findall(r"`(sakina_\w+)`", TABLE))
WORD = re.compile(r"[a-zA-Z_:][\w:]*")
# What only trouble brings: the drill makes it, or the alert's own test does.
IN_TROUBLE: set[str] = set()


def has_figures(running: Watched, query: str) -> bool:
    return any(series["value"][1] != "NaN" for series in running.prometheus.ask(query))


@pytest.mark.parametrize("query", PANELS)
def test_a_panel_shows_something(running: Watched, query: str) -> None:
    assert until(lambda: has_figures(running, query), PATIENCE_SECONDS), query


def test_each_recording_rule_records_something(running: Watched) -> None:
    names = [rule["name"] for rule in running.prometheus.rules() if rule["type"] == "recording"]
    assert len(names) > 10

    def empty() -> list[str]:
        return [name for name in names if not has_figures(running, name)]

    until(lambda: not empty(), PATIENCE_SECONDS)
    assert empty() == []


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_what_there_is(running: Watched, alert: dict[str, Any]) -> None:
    """In peace it is not true of anything; but what it is about is there."""
    asked = _metrics(alert["expr"]) - IN_TROUBLE
    assert asked
    until(lambda: asked <= running.prometheus.names(), PATIENCE_SECONDS)
    assert asked - running.prometheus.names() == set()


def _metrics(expr: str) -> set[str]:
    """Return the names of the metrics of an expression: words that have a `_` or a `:`."""
    bare = re.sub(r'\{[^}]*\}|"[^"]*"|\[[^\]]*\]|by \([^)]*\)|\w+\(', " ", expr)
    return {word for word in WORD.findall(bare) if "_" in word or ":" in word or word == "up"}


def test_in_peace_no_alert_fires(running: Watched) -> None:
    assert until(running.prometheus.rules, PATIENCE_SECONDS)
    # How late a loop comes back says more of the machine of the tests than of the system.
    assert running.prometheus.firing() - {"LoopStands"} == set()


def test_every_figure_of_the_table_is_said_and_no_other(running: Watched) -> None:
    said: set[str] = set()
    for name in NAMES:
        said |= set(re.findall(r"^# TYPE (sakina_\w+) ", running.system.figures(name), re.M))
    assert FIGURES - said == set(), "the table names what nobody says"
    assert said - FIGURES == set(), "the table does not name it"


def test_labels_are_few(running: Watched) -> None:
    """They come from our own lists: no id, no address and no word of a client is among them."""
    for name in NAMES:
        lines = re.findall(r"^sakina_[^#\n]*", running.system.figures(name), re.M)
        assert len(lines) < 4000, name
        for words in re.findall(r'(?<!le)="([^"]*)"', "\n".join(lines)):
            assert not re.search(r"\d{4,}|@|://", words), words
