"""What is wrong at the start ends in one clear line and in nothing that looks healthy."""

import json
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import half_made
import httpx
import pytest
from certificates import certificate
from stack import BASE, DEPLOY, Run, Stack, docker, until

from sakina_local.ports import free_ports

TLS = DEPLOY / "docker-compose.tls.yml"
Fresh = Callable[[], Stack]


def overwrite(file: Path, text: str) -> None:
    file.chmod(0o644)
    file.write_text(text)


def passwords(secrets: Path) -> set[str]:
    """Return the passwords in the addresses and keys of all services."""
    texts = {file.read_text().strip() for file in secrets.glob("*_url")}
    found = {urlsplit(text).password or "" for text in texts}
    return {unquote(one) for one in found if len(one) > 8} | {one for one in found if len(one) > 8}


def why(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0, "it started"
    return done.stderr


def test_without_secrets_nothing_starts_and_it_says_what_to_run(spare: Fresh) -> None:
    stack = spare()
    (stack.folder / "env").write_text("")
    stack.settings.clear()
    for command in (["up", "--detach", "--no-build"], ["config", "--quiet"]):
        assert "run make secrets" in why(stack.try_compose(*command))
    assert stack.name not in docker("ps", "--all", "--format", "{{.Names}}")


def test_a_missing_secret_is_named(spare: Fresh) -> None:
    stack = spare()
    (stack.secrets / "practice_database_url").unlink()
    said = why(stack.try_compose("up", "--detach", "--no-build", "--no-deps", "practice"))
    assert "practice_database_url" in said


@pytest.mark.parametrize(
    ("file", "text", "service", "said"),
    [
        ("practice_database_url", "", "practice", "SAKINA_DATABASE_URL"),
        ("practice_database_url", "sqlite:///x", "practice", "SAKINA_DATABASE_URL"),
        ("khatma_broker_url", "http://rabbitmq/", "khatma", "SAKINA_BROKER_URL"),
        ("gateway_broker_url", "", "gateway", "SAKINA_BROKER_URL"),
        ("gateway_fingerprint_key", "short", "gateway", "SAKINA_FINGERPRINT_KEY"),
        ("signing/broken.pem", "no key", "auth", "broken.pem"),
    ],
)
def test_a_malformed_secret_is_one_line(
    spare: Fresh, file: str, text: str, service: str, said: str
) -> None:
    stack = spare()
    start = ("run", "--rm", "--no-deps", "-T", service)
    kept = passwords(stack.secrets)
    assert kept, "there are secrets to look for"
    if (stack.secrets / file).exists():
        overwrite(stack.secrets / file, text)
    else:
        (stack.secrets / file).write_text(text)
    done = stack.try_compose(*start)
    assert done.returncode == 1
    printed = done.stdout + done.stderr
    assert len([line for line in printed.splitlines() if said in line]) == 1
    assert "Traceback" not in printed
    # Of the secrets beside it none is shown either, which is all that an empty one can betray.
    assert [secret for secret in kept if secret in printed] == []
    if text and not file.startswith("signing"):
        assert text not in printed, "the secret itself is not shown"


@pytest.mark.parametrize("service", ["practice", "auth"])
def test_a_service_without_its_parts_restarts_until_they_are_there(
    spare: Fresh, service: str
) -> None:
    stack = spare()
    stack.compose("up", "--detach", "--no-build", "--no-deps", service)
    (container,) = stack.ids(service, all=True)
    until(lambda: stack.inspect(container)["RestartCount"] >= 3, "it is restarted")
    assert stack.inspect(container)["State"].get("Health", {}).get("Status") != "healthy"
    tries = stack.logs(service).splitlines()  # once: the next try may come at any time
    assert tries
    for said in tries:
        line = json.loads(said[said.index("{") :])
        assert line["level"] == "critical", "a try says one line and nothing else"
        assert "postgres" in line["message"]
    # The database comes, the broker does not.
    assert stack.do(f"{service}-migrations") == 0
    told = until(
        lambda: [line for line in stack.lines(service) if "rabbitmq" in str(line.get("message"))],
        "it misses the broker now",
    )
    assert told[0]["level"] == "critical"
    stack.up("rabbitmq", service)
    (container,) = stack.ids(service)
    assert stack.inspect(container)["State"]["Health"]["Status"] == "healthy"


def test_a_gateway_without_a_broker_is_not_ready_and_says_so(spare: Fresh) -> None:
    stack = spare()
    for service in ("gateway", "traefik"):  # apart, or Traefik would wait for a healthy gateway
        stack.compose("up", "--detach", "--no-build", "--no-deps", service)

    def readiness() -> int:
        try:
            return httpx.get(f"{stack.url}/readyz", timeout=10).status_code
        except httpx.TransportError:
            return 0

    until(lambda: readiness() == 503, "the gateway says that it is not ready")
    (gateway,) = stack.ids("gateway")
    until(
        lambda: "it has not reached the broker" in str(stack.inspect(gateway)["State"]["Health"]),
        "Docker is told as well",
    )
    assert stack.inspect(gateway)["State"]["Health"]["Status"] != "healthy"
    told = until(
        lambda: [line for line in stack.lines("gateway") if "broker" in str(line)],
        "it says what it misses",
    )
    assert told[0]["level"] in ("warning", "error")


def test_a_wrong_password_is_one_line_and_no_start(spare: Fresh) -> None:
    stack = spare()
    overwrite(
        stack.secrets / "khatma_owner_url",
        "postgresql+psycopg2://khatma_owner:guess@postgres:5432/sakina",
    )
    said = why(stack.try_compose("up", "--detach", "--no-build", "khatma"))
    assert "khatma-migrations\" didn't complete successfully: exit 1" in said
    (line,) = stack.logs("khatma-migrations").strip().splitlines()
    assert "password authentication failed" in line
    assert "guess" not in line
    assert stack.ids("khatma") == [], "the service itself was not started"


def test_a_migration_that_fails_half_way_leaves_nothing_of_itself(spare: Fresh, run: Run) -> None:
    """The next migration makes a table and then fails: the table is gone, the old version holds."""
    stack = spare()
    assert stack.do("khatma-migrations") == 0
    (head,) = stack.sql("select version_num from khatma.alembic_version")
    broken = stack.folder / "half.py"
    broken.write_text(half_made.migration(head))
    versions = docker(
        *("run", "--rm", "--network=none", run.image("khatma"), "python", "-c"),
        half_made.FIND_VERSIONS,
    )
    override = stack.folder / "half.yml"
    override.write_text(
        "services:\n  khatma-migrations:\n    volumes:\n"
        f"      - {{type: bind, source: {broken}, target: {versions}/half.py, read_only: true}}\n"
    )
    stack.files = [BASE, override]
    said = why(stack.try_compose("up", "--detach", "--no-build", "khatma"))
    assert "khatma-migrations" in said
    last = stack.logs("khatma-migrations").strip().splitlines()[-1]
    assert "division by zero" in last
    assert stack.sql("select to_regclass('khatma.half_made') is null") == ["t"]
    assert stack.sql("select version_num from khatma.alembic_version") == [head]
    assert stack.ids("khatma") == [], "the service was not started"
    stack.files = [BASE]
    stack.up("khatma")


def with_tls(stack: Stack) -> Stack:
    stack.files = [BASE, TLS]
    stack.settings |= {
        "SAKINA_PUBLIC_URL": "https://localhost",
        "SAKINA_HTTPS_PORT": str(free_ports(1)[0]),
    }
    return stack


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SAKINA_RATE", "100/s"),
        ("SAKINA_AUTH_RATE", "0"),
        ("SAKINA_CROWD", "0"),
        ("SAKINA_STREAMS", "0"),
        ("SAKINA_PROXIES_IN_FRONT", "-1"),
    ],
)
def test_a_traefik_that_cannot_read_its_routes_is_unhealthy(
    spare: Fresh, setting: str, value: str
) -> None:
    stack = spare()
    with stack.having(**{setting: value}):
        started = stack.try_compose(
            "up", "--detach", "--wait", "--wait-timeout=60", "--no-deps", "traefik"
        )
    assert started.returncode != 0
    assert f"{setting} must be a whole number" in stack.logs("traefik")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("absent", "tls_certificate"),
        ("no PEM", "not PEM"),
        ("another's key", "is not that of the certificate"),
        ("another host", "not valid for 'localhost'"),
        ("expired", "expired"),
    ],
)
def test_a_wrong_certificate_is_refused(spare: Fresh, wrong: str, said: str) -> None:
    stack = with_tls(spare())
    certificate(
        stack.secrets,
        "elsewhere.example" if wrong == "another host" else "localhost",
        days=-1 if wrong == "expired" else 30,
    )
    if wrong == "another's key":
        kept = (stack.secrets / "tls_certificate").read_bytes()
        certificate(stack.secrets, "localhost")
        overwrite(stack.secrets / "tls_certificate", kept.decode())
    if wrong == "no PEM":
        overwrite(stack.secrets / "tls_certificate", "hello")
    if wrong == "absent":
        (stack.secrets / "tls_certificate").unlink()
    # The rest of the stack is not what is looked at.
    if wrong == "absent":
        assert said in why(stack.try_compose("up", "--detach", "--no-build", "certificate"))
        return
    assert stack.do("certificate") == 1
    (line,) = stack.logs("certificate").strip().splitlines()
    assert said in line
    traefik = json.loads(stack.compose("config", "--format=json"))["services"]["traefik"]
    assert traefik["depends_on"]["certificate"]["condition"] == "service_completed_successfully"


def test_https_by_the_switch(spare: Fresh) -> None:
    stack = with_tls(spare())
    certificate(stack.secrets, "localhost")
    assert stack.do("certificate") == 0
    for service in ("gateway", "traefik"):
        stack.compose("up", "--detach", "--no-build", "--no-deps", service)
    port = stack.settings["SAKINA_HTTPS_PORT"]
    secure = f"https://localhost:{port}"
    trust = ssl.create_default_context(cafile=stack.secrets / "tls_certificate")
    with httpx.Client(verify=trust, timeout=10) as http:
        until(lambda: answers(http, secure), "HTTPS answers")
        found = http.get(f"{secure}/healthz")
        assert found.status_code == 200
        assert "max-age=31536000" in found.headers["strict-transport-security"]
        plain = http.get(f"{stack.url}/healthz?a=b")
        assert plain.status_code in (301, 308)
        assert plain.headers["location"].endswith(f":{port}/healthz?a=b")
        assert plain.headers["location"].startswith("https://")
        assert http.post(f"{stack.url}/api/login/", json={}).status_code in (301, 308)


def answers(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False
