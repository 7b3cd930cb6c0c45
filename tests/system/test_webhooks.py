"""Webhooks by the public API: what happens comes to an address of one's own, and stops."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from people import Person, ok, problem, until
from receiving import Endpoint, endpoint

NewPerson = Callable[..., Person]
HOOKS = "/api/webhooks/"


@pytest.fixture
def hook() -> Callable[..., dict[str, Any]]:
    """Make a webhook of a person that leads to an endpoint, which then knows its secret."""

    def make(person: Person, taking: Endpoint, **said: Any) -> dict[str, Any]:
        made: dict[str, Any] = ok(person.post(HOOKS, {"url": taking.url, **said}), 201)
        taking.secret = made.pop("secret")
        return made

    return make


def test_what_happens_in_one_s_khatmas_comes_until_one_leaves(
    newcomer: NewPerson, hook: Any
) -> None:
    layla, ali = newcomer("ليلى حسن"), newcomer("Ali Ahmed")
    khatma = layla.new_khatma(is_public=True)["id"]
    ali.join(khatma)
    feed = until(
        lambda: [e for e in ok(ali.get("/api/activity/"))["events"] if e["type"].startswith("kh")]
    )
    assert feed
    with endpoint() as taking:
        hook(ali, taking, types=["khatma.part_completed", "khatma.member_left", "practice.#"])
        ok(layla.finish(khatma, 9), 201)
        until(lambda: "khatma.part_completed.v1" in taking.types(), "another's chapter")
        ali.meditate(25)
        until(lambda: "practice.session_logged.v1" in taking.types(), "one's own session")
        ok(ali.delete(f"/api/khatmas/{khatma}/leave/"))
        until(lambda: "khatma.member_left.v1" in taking.types(), "that one left")
        before = len(taking.events)
        ok(layla.finish(khatma, 10), 201)
        ali.meditate(5)
        until(lambda: len(taking.events) > before, "one's own session")
        assert taking.types()[before:] == ["practice.session_logged.v1"]
        # Live and past agree: the very events that the feed shows.
        shown = {event["id"]: event for event in ok(ali.get("/api/activity/", limit=200))["events"]}
        for event in taking.events:
            if event["subject"] != f"khatma/{khatma}":
                assert shown[event["id"]] == event
        assert taking.strangers == 0


def test_deleting_the_account_ends_it(newcomer: NewPerson, hook: Any) -> None:
    layla = newcomer()
    with endpoint() as taking:
        hook(layla, taking)
        layla.meditate(5)
        until(lambda: "practice.session_logged.v1" in taking.types())
        ok(layla.delete("/api/user/me/"), 204)
        until(lambda: layla.get(HOOKS).status_code == 401)


def test_a_key_makes_one_and_its_tag_guards_it(newcomer: NewPerson, hook: Any) -> None:
    layla = newcomer()
    key = {"Idempotency-Key": "once"}
    body = {"url": "http://127.0.0.1:1024/"}
    first = layla.post(HOOKS, body, headers=key)
    made = ok(first, 201)
    said = problem(layla.post(HOOKS, body, headers=key), 409)
    assert f"webhook {made['id']} " in said["detail"]
    assert made["secret"] not in str(said)
    problem(layla.post(HOOKS, {"url": "http://127.0.0.1:1025/"}, headers=key), 422)
    (shown,) = ok(layla.get(HOOKS))
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    address = f"{HOOKS}{made['id']}/"
    assert layla.get(address).headers["ETag"] == first.headers["ETag"]
    stale = {"If-Match": first.headers["ETag"]}
    ok(layla.patch(address, {"description": "Mine"}, headers=stale))
    problem(layla.patch(address, {"description": "Yours"}, headers=stale), 412)
    problem(layla.delete(address, headers=stale), 412)
    ok(layla.delete(address), 204)
    problem(layla.get(address), 404)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "ftp://example.com/",
            "https://layla:x@example.com/",
            "https://example.com/#x",
            "nothing",
        ),
        *("http://10.0.0.1/", "http://169.254.169.254/", "http://[::ffff:127.0.0.1]/"),
        *("http://[fd00::1]/", "http://0.0.0.0/", "http://224.0.0.1/", "http://100.64.0.1/"),
        *("http://2130706433/", "http://127.1/", "https://example.com:22/", "http://[64:ff9b::1]/"),
    ],
)
def test_where_nothing_may_be_sent_is_refused_by_its_field(
    newcomer: NewPerson, address: str
) -> None:
    layla = newcomer()
    said = problem(layla.post(HOOKS, {"url": address}), 400)
    assert list(said["errors"]) == ["url"]
    assert ok(layla.get(HOOKS)) == []


def test_a_test_tells_what_came_of_it_and_a_failing_one_is_sent_again(
    newcomer: NewPerson, hook: Any
) -> None:
    layla = newcomer()
    with endpoint() as taking:
        made = hook(layla, taking)
        test = ok(layla.post(f"{HOOKS}{made['id']}/test/"))
        one = f"{HOOKS}{made['id']}/deliveries/{test['id']}/"
        until(lambda: ok(layla.get(one))["state"] == "delivered")
        assert ok(layla.get(one))["response_code"] == 200
        assert "notify.webhook_tested.v1" in taking.types()
        taking.status = 500
        layla.meditate(5)

        def failing() -> list[dict[str, Any]]:
            page = ok(layla.get(f"{HOOKS}{made['id']}/deliveries/"))
            return [each for each in page["results"] if each["response_code"] == 500]

        failed = until(failing)[0]
        taking.status = 200
        ok(layla.post(f"{HOOKS}{made['id']}/deliveries/{failed['id']}/redeliver/"))
        until(lambda: failed["event_id"] in {event["id"] for event in taking.events})


def test_nobody_without_a_token_gets_in(http: httpx.Client) -> None:
    problem(http.get(HOOKS), 401)
    problem(http.post(HOOKS, json={"url": "http://127.0.0.1:1024/"}), 401)
