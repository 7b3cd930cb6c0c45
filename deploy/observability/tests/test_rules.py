"""The rules: well-formed, each alert fires where it is to, and leads to a paragraph."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.catalogue import SERVICES
from sakina_local import prometheus_package
from sakina_local.checkout import ROOT
from sakina_observability.prometheus import FOLDER, Pace

RULES = sorted((FOLDER / "rules").glob("*.yml"))
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "rules" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
NAMES = [alert["alert"] for alert in ALERTS]


def promtool(*arguments: str | Path) -> str:
    if not shutil.which(prometheus_package.PROMTOOL):
        pytest.skip(prometheus_package.missing() or "promtool is missing")
    done = subprocess.run(
        [prometheus_package.PROMTOOL, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_rules_are_rules() -> None:
    assert "SUCCESS" in promtool("check", "rules", *RULES)


@pytest.mark.parametrize("file", ["prometheus.yml", "local.yml"])
def test_a_configuration_is_one(file: str) -> None:
    promtool("check", "config", "--syntax-only", FOLDER / file)


def test_each_alert_fires_where_it_is_to() -> None:
    assert "SUCCESS" in promtool("test", "rules", FOLDER / "tests" / "alerts.yml")


def test_each_alert_has_a_test_in_which_it_fires() -> None:
    tests = yaml.safe_load((FOLDER / "tests" / "alerts.yml").read_text())["tests"]
    fired = {
        check["alertname"]
        for test in tests
        for check in test["alert_rule_test"]
        if check["exp_alerts"]
    }
    assert fired == set(NAMES)


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_an_alert_leads_to_its_paragraph(alert: dict[str, Any]) -> None:
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    paragraphs = dict(_paragraphs((ROOT / page).read_text()))
    assert anchor == alert["alert"].lower()
    assert len(paragraphs[anchor]) > 60, "it says what to do"
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert alert["annotations"]["summary"]


def test_no_paragraph_is_of_an_alert_that_is_not_there() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    alerts = page.partition("\n### Alerts\n")[2].partition("\n## ")[0]
    assert re.findall(r"^#### (\w+)$", alerts, re.M) == NAMES


def _paragraphs(page: str) -> list[tuple[str, str]]:
    """Return what stands below each heading, by the heading's anchor."""
    parts = re.split(r"^#+ (.+)$", page, flags=re.M)[1:]
    titles = [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in parts[::2]]
    return list(zip(titles, map(str.strip, parts[1::2]), strict=True))


def test_every_service_is_asked_and_missed() -> None:
    configuration = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    (sakina,) = (each for each in configuration["scrape_configs"] if each["job_name"] == "sakina")
    assert set(sakina["dns_sd_configs"][0]["names"]) == {"gateway", *SERVICES}
    away = next(alert["expr"] for alert in ALERTS if alert["alert"] == "ServiceAway")
    assert set(re.findall(r'service="(\w+)"', away)) == {"gateway", *SERVICES}


def test_a_pace_changes_ranges_and_patience_alone() -> None:
    assert Pace().of("rate(x[5m])\n    for: 1m") == "rate(x[5m])\n    for: 1m"
    hurried = Pace(window="20s", holds="2s").of("a:b:rate5m > rate(x[5m])\n    for: 15m")
    assert hurried == "a:b:rate5m > rate(x[20s])\n    for: 2s"
