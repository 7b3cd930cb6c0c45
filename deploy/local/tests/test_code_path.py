"""What a node of RabbitMQ finds when it looks for its code."""

from pathlib import Path

import pytest

from sakina_local import code_path

APPLICATIONS = {
    "rabbit-3.10.8": "{applications, [kernel,stdlib, rabbit_common]}",
    "rabbit_common-3.10.8": "{applications, [kernel]}, {included_applications,[ra]}",
    "ra-2.2.0": "{applications, [kernel,\n  stdlib]}",
    "rabbitmq_prometheus-3.10.8": "{applications, [rabbit,prometheus]}",
    "prometheus-4.9.1": "{applications, []}",
    "rabbitmq_mqtt-3.10.8": "{applications, [rabbit]}",
}


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the plugins that are installed, none of which is enabled."""
    monkeypatch.setattr(code_path, "SERVERS", tmp_path)
    folder = tmp_path / "rabbitmq_server-3.10.8" / "plugins"
    for home, text in APPLICATIONS.items():
        (folder / home / "ebin").mkdir(parents=True)
        application = f"{home.rpartition('-')[0]}.app"
        (folder / home / "ebin" / application).write_text(text)
    return folder


def linked(folder: Path) -> set[str]:
    return {link.name for link in folder.iterdir()}


def test_a_node_finds_what_it_needs_and_no_more(plugins: Path, tmp_path: Path) -> None:
    folder = tmp_path / "linked"
    code_path.link_plugins(folder, ["rabbitmq_prometheus"])
    assert linked(folder) == APPLICATIONS.keys() - {"rabbitmq_mqtt-3.10.8"}
    assert all((link / "ebin").is_dir() for link in folder.iterdir())
    assert code_path.plugins_setting(folder) == {"PLUGINS_DIR": str(folder)}


def test_what_is_enabled_no_more_is_found_no_more(plugins: Path, tmp_path: Path) -> None:
    folder = tmp_path / "linked"
    code_path.link_plugins(folder, ["rabbitmq_prometheus"])
    code_path.link_plugins(folder, [])
    assert linked(folder) == {"rabbit-3.10.8", "rabbit_common-3.10.8", "ra-2.2.0"}


def test_where_plugins_are_archives_rabbitmq_looks_where_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_path, "SERVERS", tmp_path)
    archives = tmp_path / "rabbitmq_server-3.12.0" / "plugins"
    archives.mkdir(parents=True)
    (archives / "rabbit-3.12.0.ez").touch()
    code_path.link_plugins(tmp_path / "linked", [])
    assert code_path.plugins_setting(tmp_path / "linked") == {}
