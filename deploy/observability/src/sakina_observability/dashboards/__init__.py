"""What is to be seen, page by page; as a program it writes the files that Grafana reads."""

import json
from pathlib import Path

from sakina_local.checkout import ROOT
from sakina_observability.dashboards import broker, database, events, listeners, services
from sakina_observability.panels import Dashboard

FOLDER = ROOT / "deploy" / "observability" / "grafana" / "dashboards"
DASHBOARDS = (
    services.DASHBOARD,
    events.DASHBOARD,
    database.DASHBOARD,
    broker.DASHBOARD,
    listeners.DASHBOARD,
)


def text_of(dashboard: Dashboard) -> str:
    """Return the text of its file."""
    return json.dumps(dashboard.to_json(), indent=1, ensure_ascii=False) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Write the file of each dashboard."""
    for dashboard in DASHBOARDS:
        (folder / f"{dashboard.uid}.json").write_text(text_of(dashboard))
