"""Pages and arrays of khatmas: what is in them, in which order."""

import pytest

from contracts.refusals import Invalid, NotFound
from khatma.store import lists
from khatma.usecases.search import read_khatmas


def ids(khatmas):
    return [khatma["id"] for khatma in khatmas]


@pytest.fixture
def own(world):
    """A person who is in five khatmas: group or private, public or not, one of them completed."""
    layla = world.person()
    made = [
        layla.create(name=name, **said)["id"]
        for name, said in [
            ("b", {"is_public": True, "target_days": 3}),
            ("a", {"target_days": 5}),
            ("c", {"khatma_type": "private", "target_days": 4}),
            ("e", {"is_public": True, "target_days": 2}),
            ("d", {"target_days": 1}),
        ]
    ]
    layla.finish(made[3], *range(1, 31))
    layla.finish(made[0], 1, 2)
    layla.finish(made[2], 5)
    world.person().join(made[0])
    return layla, made


def test_a_page_of_one_s_own(own):
    layla, (b, a, c, e, d) = own
    assert ids(layla.khatmas()) == [d, c, a, b]
    page = layla.page(page_size=3)
    assert (page["count"], ids(page["results"])) == (4, [d, c, a])
    assert page["results"] == layla.khatmas()[:3]
    last = layla.page(page=2, page_size=3)
    assert (last["count"], ids(last["results"])) == (4, [b])
    with pytest.raises(NotFound, match="no page 3"):
        layla.page(page=3, page_size=3)
    assert ids(layla.page("completed")["results"]) == [e]


def test_what_narrows_a_list(own):
    layla, (b, a, c, e, d) = own
    for said, found in [
        ({"khatma_type": "private"}, [c]),
        ({"khatma_type": "group"}, [d, a, b]),
        ({"is_public": True}, [b]),
        ({"is_public": False}, [d, c, a]),
        ({"is_public": False, "khatma_type": "group"}, [d, a]),
        ({"status": "completed"}, [e]),
        ({"status": "active"}, [d, c, a, b]),
        ({"status": "completed", "is_public": False}, []),
    ]:
        assert ids(layla.khatmas(**said)) == found, said
        page = layla.page(**said)
        assert (page["count"], ids(page["results"])) == (len(found), found), said
    assert layla.khatmas("completed", status="active") == []
    assert ids(layla.khatmas("completed", status="completed")) == [e]


@pytest.mark.parametrize(
    ("ordering", "order"),
    [
        ("created_at", "bacd"),
        ("-created_at", "dcab"),
        ("name", "abcd"),
        ("-name", "dcba"),
        ("completion_percentage", "adcb"),
        ("-completion_percentage", "bcda"),
        ("participants_count", "acdb"),
        ("-participants_count", "bdca"),
        ("target_days", "dbca"),
        ("-target_days", "acbd"),
    ],
)
def test_the_order_of_a_list(own, ordering, order):
    layla, _ = own
    assert "".join(khatma["name"] for khatma in layla.khatmas(ordering=ordering)) == order
    pages = [layla.page(ordering=ordering, page=page, page_size=2) for page in (1, 2)]
    assert "".join(khatma["name"] for page in pages for khatma in page["results"]) == order


@pytest.mark.parametrize("are_kept", [True, False], ids=["words kept", "just changed"])
def test_what_is_searched_in_a_list(world, are_kept):
    layla, omar = world.person(fullname="ليلى حسن"), world.person(username="Omar")
    first = layla.create(name="ختمة رمضان", is_public=True)["id"]
    second = layla.create(name="100%_x", description="Every Morning", is_public=True)["id"]
    joined = omar.create(name="c", is_public=True)["id"]
    layla.join(joined)
    made = {first, second, joined}
    if not are_kept:
        forget = "update khatma set words = null where id = any(:ids) returning 1"
        assert len(world.rows(forget, ids=list(made))) == 3
    for said, found in [
        ("رمضان", [first]),
        ("every morn", [second]),
        ("100%_", [second]),
        ("100__", [] if not are_kept else [second]),  # words are parted by what is no letter
        ("omar", [joined]),
        ("ليلى", [second, first]),
    ]:
        assert ids(layla.khatmas(search=said)) == found, said
        page = layla.page(search=said)
        assert (page["count"], ids(page["results"])) == (len(found), found), said
        everybodys = [k for k in ids(layla.khatmas("public", search=said)) if k in made]
        assert everybodys == found
    assert ids(layla.khatmas(search="omar", khatma_type="private")) == []
    assert [k for k in ids(omar.page("joinable", search="رمضان")["results"]) if k in made] == [
        first
    ]


def test_a_list_is_searched_as_khatmas_are(world):
    """By the beginnings of words, in any order, however Arabic is written."""
    layla, omar = world.person(fullname="ليلى حسن"), world.person()
    made = layla.create(name="خَتْمَةُ الرَّمضان", is_public=True)["id"]
    read_khatmas(world.db)
    for said in ("رمضان ختمه", "حسن رمض", "ليلي"):
        assert made in ids(layla.khatmas(search=said)), said
        assert made in ids(omar.khatmas("public", search=said)), said
        assert made in ids(omar.page("joinable", search=said)["results"]), said
    assert made not in ids(omar.khatmas("public", search="رمضان شعبان"))


@pytest.mark.parametrize("which", ["public", "joinable"])
def test_an_old_khatma_is_found_past_what_a_list_looks_at(world, monkeypatch, which):
    monkeypatch.setattr(lists, "MOST", 2)
    lists._paged.cache_clear()
    lists._listed.cache_clear()
    layla, omar = world.people(2)
    made = [layla.create(name=f"{which}{n}", is_public=True)["id"] for n in range(2)]
    new = [layla.create(name=f"{which}late", is_public=True)["id"] for _ in range(4)]
    done = layla.create(name=f"{which}3", is_public=True)["id"]
    layla.finish(done, *range(1, 31))
    new += [layla.create(name=f"{which}late", is_public=True)["id"] for _ in range(2)]
    read_khatmas(world.db)
    page = omar.page(which, search=f"{which}1")
    assert (page["count"], ids(page["results"])) == (1, [made[1]])
    assert ids(omar.khatmas(which, search=f"{which}1")) == [made[1]]
    assert ids(omar.khatmas(which, search=f"{which}late"))[:2] == new[:-3:-1]
    assert ids(omar.khatmas("public", search=f"{which}3")) == [done]
    assert omar.khatmas(which, search=f"{which}3", status="active") == []
    omar.join(made[1])
    assert ids(omar.khatmas("joinable", search=f"{which}1")) == []
    lists._paged.cache_clear()
    lists._listed.cache_clear()


@pytest.mark.parametrize("said", ["", "a", "%_", "ً ٌ", "a " * 9 + "b", "a b c d e f g h ij"])
def test_a_search_without_words_is_refused_as_everywhere(world, said):
    layla = world.person()
    for ask in (layla.khatmas, layla.page):
        with pytest.raises(Invalid) as refused:
            ask("public", search=said)
        assert set(refused.value.errors) == {"search"}


def test_everybodys_lists(world, own):
    layla, (b, a, c, e, d) = own
    made = {a, b, c, d, e}
    omar = world.person()

    def found(which, **said):
        page = omar.page(which, page_size=100, **said)
        listed = [khatma["id"] for khatma in page["results"] if khatma["id"] in made]
        assert [k for k in ids(omar.khatmas(which, **said)) if k in made] == listed
        return listed

    assert found("public") == [e, b]
    assert found("public", status="active") == [b]
    assert found("public", status="completed") == [e]
    assert found("public", khatma_type="group") == [e, b]
    assert found("public", khatma_type="private") == found("public", is_public=False) == []
    assert found("joinable") == [b]
    layla.invite(a, omar.id)
    assert found("joinable") == [b, a] or found("joinable") == [a, b]
    assert found("joinable", is_public=False) == [a]
    assert found("joinable", is_public=True) == [b]
    assert found("joinable", status="active", ordering="name") == [a, b]
    assert found("joinable", status="completed") == found("joinable", khatma_type="private") == []


def test_a_list_is_counted_and_paged_to_its_end_or_its_limit(world, monkeypatch, messages):
    monkeypatch.setattr(lists, "MOST", 3)
    lists._paged.cache_clear()
    layla = world.person()
    made = [layla.create(name=name)["id"] for name in "dcba"]
    page = layla.page(page_size=2)
    assert (page["count"], ids(page["results"])) == (3, [made[3], made[2]])
    assert ids(layla.page(page=2, page_size=2)["results"]) == [made[1]]

    def past_the_limit():
        with pytest.raises(NotFound):
            layla.page(page=3, page_size=2)

    assert messages(past_the_limit) == 0, "nothing is there, and nobody need be asked"
    # Oldest first, the oldest are looked at; in another order, the newest.
    assert ids(layla.page(ordering="created_at")["results"]) == made[:3]
    assert [k["name"] for k in layla.page(ordering="name")["results"]] == ["a", "b", "c"]
    assert ids(layla.khatmas()) == made[::-1]
    lists._paged.cache_clear()
