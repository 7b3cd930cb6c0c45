"""Panels and dashboards, and the JSON by which Grafana knows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SOURCE = {"type": "prometheus", "uid": "prometheus"}
"""As grafana/provisioning/datasources says it."""
SCHEMA_VERSION = 39
"""Of the dashboard model of Grafana 11; a later Grafana brings it up to its own."""
WIDTH, HEIGHT = 24, 7


@dataclass(frozen=True)
class Query:
    """A line of a panel, or several.

    Attributes:
        expr: What Prometheus is asked.
        legend: How a line is called; a label's value stands in `{{label}}`.
    """

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """A picture of some queries over time.

    Attributes:
        title: What is to be seen.
        queries: Its lines.
        unit: Grafana's word for the unit of all of them.
    """

    title: str
    queries: Sequence[Query]
    unit: str = "short"


@dataclass(frozen=True)
class Dashboard:
    """A page of panels.

    Attributes:
        uid: Its address, and the name of its file.
        title: What it is called.
        rows: Panels that stand side by side, by the title above them.
    """

    uid: str
    title: str
    rows: Sequence[tuple[str, Sequence[Panel]]]

    def queries(self) -> list[str]:
        """Return everything that it asks."""
        return [
            query.expr for _, panels in self.rows for panel in panels for query in panel.queries
        ]

    def to_json(self) -> dict[str, Any]:
        """Return it as Grafana reads it from a file."""
        panels: list[dict[str, Any]] = []
        top = 0
        for title, row in self.rows:
            panels.append(_row(title, top, len(panels) + 1))
            width = WIDTH // len(row)
            for place, panel in enumerate(row):
                at = {"x": place * width, "y": top + 1, "w": width, "h": HEIGHT}
                panels.append(_panel(panel, at, len(panels) + 1))
            top += 1 + HEIGHT
        return {
            "uid": self.uid,
            "title": self.title,
            "tags": ["sakina"],
            "schemaVersion": SCHEMA_VERSION,
            "editable": False,
            "refresh": "15s",
            "time": {"from": "now-1h", "to": "now"},
            "panels": panels,
        }


def _row(title: str, top: int, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "type": "row",
        "title": title,
        "collapsed": False,
        "gridPos": {"x": 0, "y": top, "w": WIDTH, "h": 1},
        "panels": [],
    }


def _panel(panel: Panel, at: dict[str, int], number: int) -> dict[str, Any]:
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": at,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": SOURCE,
                "expr": query.expr,
                "legendFormat": query.legend or "__auto",
            }
            for place, query in enumerate(panel.queries)
        ],
    }
