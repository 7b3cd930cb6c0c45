"""A wrong setting is named when the gateway starts, and its value stays secret."""

import os
import subprocess
import sys

import pytest

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
def test_a_wrong_setting_is_named(name: str, value: str | None) -> None:
    kept = {key: text for key, text in os.environ.items() if not key.startswith("SAKINA_")}
    values = {key: text for key, text in (GOOD | {name: value}).items() if text is not None}
    done = subprocess.run(
        [sys.executable, "-m", "gateway"],
        env=kept | values,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"rightly: {name}.")
    assert "canary" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
