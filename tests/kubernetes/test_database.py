"""The job `database` from another machine: by TCP, with the superuser's password, as in a pod."""

import os
import subprocess
from pathlib import Path

import psycopg2
import pytest
from rendered import DEPLOY, SERVICES, containers, named

from sakina_local.postgres import binaries
from sakina_local.testing import PrivateDatabase
from sakina_stack import secret_files


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    secret_files.create(tmp_path / ".env", tmp_path / "secrets")
    return tmp_path / "secrets"


def run_job(server: PrivateDatabase, secrets: Path, password: str) -> tuple[int, str]:
    """Run what the job runs, told what it is told; return its status and what it said."""
    (job,) = containers(named("small", "Job", "database"))
    told = {each["name"] for each in job["env"]}
    assert {"PGHOST", "PGPASSWORD"} <= told
    # The server of the tests keeps its own superuser.
    roles = secrets / "roles.sql"
    lines = (secrets / "postgres_roles.sql").read_text().splitlines(keepends=True)
    roles.write_text("".join(line for line in lines if " ROLE postgres " not in line))
    done = subprocess.run(
        ["sh", DEPLOY / "postgres" / "apply.sh"],
        env={
            **os.environ,
            "PATH": f"{binaries()}:{os.environ['PATH']}",
            "PGHOST": server.server.host,
            "PGPORT": str(server.server.port),
            "PGPASSWORD": password,
            "SAKINA_ROLES_FILE": str(roles),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def as_role(server: PrivateDatabase, url: Path) -> psycopg2.extensions.connection:
    user, _, password = url.read_text().partition("//")[2].partition("@")[0].partition(":")
    return psycopg2.connect(
        host=server.server.host,
        port=server.server.port,
        dbname="sakina",
        user=user,
        password=password,
    )


def test_every_service_gets_its_schema_and_its_password_and_again(
    private_postgres: PrivateDatabase, secrets: Path
) -> None:
    password = private_postgres.server.passwords["postgres"]
    for _ in range(2):
        status, said = run_job(private_postgres, secrets, password)
        assert (status, said) == (0, "database: roles, passwords and schemas are up to date\n")
    for service in SERVICES:
        with as_role(private_postgres, secrets / f"{service}_owner_url") as owner:
            owner.cursor().execute("create table probe (); drop table probe")
        with (
            as_role(private_postgres, secrets / f"{service}_database_url") as app,
            pytest.raises(psycopg2.errors.InsufficientPrivilege),
        ):
            app.cursor().execute("create table probe ()")


def test_a_wrong_password_ends_it_and_says_so(
    private_postgres: PrivateDatabase, secrets: Path
) -> None:
    status, said = run_job(private_postgres, secrets, "wrong")
    assert status != 0
    assert "password authentication failed" in said
