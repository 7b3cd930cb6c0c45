"""A wrong setting is named when the gateway starts, and its value stays secret."""

import os
import subprocess
import sys

import pytest

from gateway import __main__ as started

GOOD = {
    "SAKINA_BROKER_URL": "amqp://gateway:canary@127.0.0.1:1/v",
    "SAKINA_FINGERPRINT_KEY": "canary-canary-canary",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAKINA_BROKER_URL", None),
        ("SAKINA_BROKER_URL", ""),
        ("SAKINA_BROKER_URL", "http://gateway:canary@rabbitmq/"),
        ("SAKINA_BROKER_URL", "amqp://rabbitmq/canary"),
        ("SAKINA_FINGERPRINT_KEY", None),
        ("SAKINA_FINGERPRINT_KEY", "canary"),
        ("SAKINA_PORT", "canary"),
        ("SAKINA_PUBLIC_URL", "canary"),
        ("SAKINA_TRUSTED_PROXIES", "10.0.0.0/8, canary"),
        ("SAKINA_DEADLINE_SECONDS", "0"),
        ("SAKINA_LOG_LEVEL", "canary"),
        ("SAKINA_ACCESS_SECONDS", "59"),
        ("SAKINA_ACCESS_SECONDS", "86401"),
    ],
)
def test_a_wrong_setting_is_named(
    name: str,
    value: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for set_before in [key for key in os.environ if key.startswith("SAKINA_")]:
        monkeypatch.delenv(set_before)
    for key, text in (GOOD | {name: value}).items():
        if text is not None:
            monkeypatch.setenv(key, text)
    # What follows the settings must not be reached, and would serve for ever.
    monkeypatch.setattr(started, "logs", None)
    with pytest.raises(SystemExit) as ended:
        started.main()
    said = str(ended.value.code)
    assert said.endswith(f"rightly: {name}.")
    assert "canary" not in said + "".join(capsys.readouterr())


def test_the_process_ends_with_what_is_wrong_as_its_last_word() -> None:
    kept = {key: text for key, text in os.environ.items() if not key.startswith("SAKINA_")}
    done = subprocess.run(
        [sys.executable, "-m", "gateway"],
        env=kept | GOOD | {"SAKINA_FINGERPRINT_KEY": "canary"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("rightly: SAKINA_FINGERPRINT_KEY.")
    assert "canary" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
