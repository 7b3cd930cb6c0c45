"""One trace from a request to the webhook that tells of it, as a receiver of OTLP is sent it."""

import httpx
from collecting import Collector, Received
from people import ok, sign_up, unique, until
from receiving import endpoint

from sakina_local.system import System


def one(spans: list[Received], service: str, name: str, kind: str) -> Received:
    """Return the one span of that name."""
    (found,) = [s for s in spans if (s.service, s.name, s.kind) == (service, name, kind)]
    return found


def below(spans: list[Received], parent: Received) -> list[Received]:
    """Return what follows `parent` alone."""
    return [span for span in spans if span.parent == parent.id]


def test_a_chapter_is_one_trace_from_the_request_to_the_webhook(
    spanned: System, collecting: Collector
) -> None:
    with httpx.Client(base_url=spanned.url, timeout=30) as http, endpoint() as taking:
        layla, ali = sign_up(http, unique("Layla")), sign_up(http, unique("Ali"))
        name, intention = unique("khatma"), unique("for-my-mother")
        khatma = layla.new_khatma(is_public=True, name=name)["id"]
        ali.join(khatma)
        address = f"{taking.url}/{unique('key')}"
        hook = {"url": address, "types": ["khatma.part_completed"]}
        taking.secret = ok(ali.post("/api/webhooks/", hook), 201)["secret"]
        answer = layla.finish(khatma, 9, notes=intention)
        ok(answer, 201)
        trace = answer.headers["X-Request-Id"]
        until(lambda: taking.events, "the webhook")

        def linked(name: str, to: Received) -> list[Received]:
            """What follows `to` and others, in a trace of its own."""
            spans = list(collecting.spans)
            return [span for span in spans if span.name == name and (trace, to.id) in span.links]

        route = "POST /api/khatmas/{id}/sessions/"
        wanted = {
            ("gateway", route),
            ("khatma", "khatma.log_reading"),
            ("khatma", "publish khatma.part_completed.v1"),
            ("notify", "part_completed"),
            ("notify", "deliver"),
        }
        until(lambda: {(s.service, s.name) for s in collecting.of(trace)} >= wanted, "the trace")

        spans = collecting.of(trace)
        request = one(spans, "gateway", route, "SERVER")
        asks = one(spans, "gateway", "khatma.log_reading", "CLIENT")
        answers = one(spans, "khatma", "khatma.log_reading", "SERVER")
        publishes = one(spans, "khatma", "publish khatma.part_completed.v1", "PRODUCER")
        handles = one(spans, "notify", "part_completed", "CONSUMER")
        delivers = one(spans, "notify", "deliver", "CLIENT")
        assert request.parent == ""
        assert asks.parent == request.id
        assert answers.parent == asks.id
        assert publishes.parent == answers.id
        assert handles.parent == delivers.parent == publishes.id
        until(lambda: linked("relay", answers), "the round of the relay")
        (records,) = until(lambda: linked("record", publishes), "the recorder's batch")

        asked = [s for s in below(spans, answers) if s.attributes.get("db.query.text")]
        texts = [span.attributes["db.query.text"] for span in asked]
        assert [span.kind for span in asked] == ["CLIENT"] * len(asked)
        assert sum("insert into command" in text for text in texts) == 1
        assert sum(text.endswith("commit") for text in texts) == 1
        assert all(":" in text for text in texts), "values stay where they are"
        assert [s for s in below(spans, handles) if s.attributes.get("db.query.text")]
        until(lambda: below(list(collecting.spans), records), "the recorder's statements")
        assert request.attributes["http.response.status_code"] == 201
        assert delivers.attributes["http.response.status_code"] == 200
        assert not any(span.failed for span in spans)

        written = b"".join(collecting.bodies)
        for person in (layla, ali):
            for secret in (person.email, person.password, person.access, person.refresh):
                assert secret.encode() not in written
            assert person.me["fullname"].encode() not in written
        for said in (name, intention, address, taking.secret):
            assert said.encode() not in written


def test_what_a_service_refuses_is_told_by_its_code(spanned: System, collecting: Collector) -> None:
    with httpx.Client(base_url=spanned.url, timeout=30) as http:
        answer = sign_up(http).get("/api/khatmas/9007199254740991/")
    assert answer.status_code == 404
    trace = answer.headers["X-Request-Id"]
    until(lambda: {"gateway", "khatma"} <= {s.service for s in collecting.of(trace)}, "the trace")
    until(lambda: any(not s.parent for s in collecting.of(trace)), "its root")
    spans = collecting.of(trace)
    assert one(spans, "khatma", "khatma.get_khatma", "SERVER").attributes["error.type"]
    assert not one(spans, "gateway", "GET /api/khatmas/{id}/", "SERVER").failed


def test_a_client_s_trace_goes_on(spanned: System, collecting: Collector) -> None:
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with httpx.Client(base_url=spanned.url, timeout=30) as http:
        http.get("/api/", headers={"traceparent": f"00-{trace}-{span}-00"})
    until(lambda: collecting.of(trace), "the request")
    assert [received.parent for received in collecting.of(trace)] == [span]
