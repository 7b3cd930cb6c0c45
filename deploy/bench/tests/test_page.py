"""What is written, and what stays."""

from xml.etree import ElementTree

import pytest

from sakina_bench import page, plot
from sakina_bench.page import Report, table


def test_a_run_replaces_what_the_run_before_wrote_and_nothing_else(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PAGE", tmp_path / "performance.md")
    monkeypatch.setattr(page, "PLOTS", tmp_path / "performance")
    begin, end = page._BEGIN, page._END
    page.PAGE.write_text(f"before\n{begin}\nold\n{end}\nafter\n")
    report = Report()
    report.add("Title", report.plot("one", "One", "<svg/>"))
    report.write()
    report.write()
    assert page.PAGE.read_text() == (
        f"before\n{begin}\n\n### Title\n\n![One](performance/one.svg)\n\n{end}\nafter\n"
    )
    assert (page.PLOTS / "one.svg").read_text() == "<svg/>"


def test_figures_that_are_not_there_are_said_to_be_missing() -> None:
    assert table(("a", "b"), [("x", float("nan")), ("y", 1234.5), ("z", 0.12345)]) == (
        "| a | b |\n| --- | --- |\n| x | – |\n| y | 1234 |\n| z | 0.123 |"
    )


@pytest.mark.parametrize(
    "svg",
    [
        plot.lines("a < b", "ms", {"one & two": [("1", 1.0), ("8", 3.0)]}),
        plot.bars("a < b", "ms", {"one & two": {"gateway": 0.5, "postgres": 0.25}}),
        plot.lines("nothing", "ms", {}),
    ],
)
def test_plots_are_well_formed(svg: str) -> None:
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert "nan" not in svg
