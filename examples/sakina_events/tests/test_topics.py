"""A topic meets what a topic exchange would bring by it."""

import pytest

from sakina_events.topics import meeting


@pytest.mark.parametrize(
    ("topics", "kind", "meets"),
    [
        ("#", "khatma.created.v1", True),
        ("khatma.#", "khatma.created.v1", True),
        ("khatma.#", "khatma", True),
        ("khatma.#", "khatmas.created.v1", False),
        ("khatma.*.v1", "khatma.created.v1", True),
        ("khatma.*.v1", "khatma.created.v11", False),
        ("*.*.*", "khatma.created.v1", True),
        ("#.v1", "khatma.created.v1", True),
        ("#.created.#", "khatma.created.v1", True),
        ("khatma.create.#", "khatma.created.v1", False),
        ("khatma.#.v2", "khatma.created.v1", False),
        ("#.#.#", "khatma.created.v1", True),
        ("khatma.cre.*", "khatma.cre+.v1", False),
        ("auth.# khatma.#", "khatma.created.v1", True),
        (["auth.#", "khatma.created.v1"], "khatma.created.v1", True),
        (["auth.#", "notify.#"], "khatma.created.v1", False),
    ],
)
def test_a_topic_meets(topics, kind, meets):
    assert meeting(topics)(kind) is meets


@pytest.mark.parametrize("topics", ["", "  ", []])
def test_no_topic_is_refused(topics):
    with pytest.raises(ValueError, match="topic"):
        meeting(topics)


@pytest.mark.parametrize(
    ("topic", "instead"),
    [
        ("khatma.*", "'khatma.#'"),
        ("khatma", "'khatma.#'"),
        ("khatma.created", "'khatma.created.#'"),
        ("*.created", "'*.created.#'"),
        ("created.v1", "three words"),
        ("khatma.created.v1.#.x", "three words"),
        ("khatma.created.v1.*", "three words"),
        ("khatma.created.version", "three words"),
        ("khatma.#.created", "three words"),
        ("khatma..v1", "three words"),
        ("khatma.create.", "three words"),
        (".#", "three words"),
        ("Khatma.#", "three words"),
        ("khatma.#,practice.#", "three words"),
    ],
)
def test_a_topic_that_no_type_could_meet_is_refused(topic, instead):
    """Nothing would come, for ever, and nobody would be told."""
    for topics in (topic, ["auth.#", topic], f"auth.# {topic}"):
        with pytest.raises(ValueError, match="meets no event") as refused:
            meeting(topics)
        assert repr(topic) in str(refused.value)
        assert instead in str(refused.value)


def test_what_only_a_catalogue_could_tell_is_taken():
    """A later release may announce it."""
    assert meeting("khatmas.# khatma.paused.v7")("khatma.paused.v7")
