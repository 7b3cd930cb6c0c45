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
        ("khatma", "khatma.created.v1", False),
        ("khatma.created", "khatma.created.v1", False),
        ("created.v1", "khatma.created.v1", False),
        ("khatma.*", "khatma.created.v1", False),
        ("khatma.*.v1", "khatma.created.v1", True),
        ("khatma.*.v1", "khatma.created.v11", False),
        ("*.*.*", "khatma.created.v1", True),
        ("#.v1", "khatma.created.v1", True),
        ("#.created.#", "khatma.created.v1", True),
        ("khatma.create.", "khatma.created.v1", False),
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
