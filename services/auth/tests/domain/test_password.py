import pytest
from hypothesis import given
from hypothesis import strategies as st
from precis_i18n import get_profile

from auth.domain.password import faults, forms, prepared

SPACES = " \u00a0\u1680\u2000\u2003\u200a\u202f\u205f\u3000"

visible = st.text(alphabet=st.characters(categories=["L", "N", "P"]), min_size=8, max_size=40)


def found(password, *, email="layla@example.com", key="", names=("layla.h", "ليلى حسن"), common=()):
    return faults(password, emails=[email, key or email], names=names, common=common)


def test_an_unlike_password_has_no_fault():
    assert found("correct horse battery") == []


@given(visible)
def test_nobody_is_their_own_password_whatever_the_case(name):
    for variant in (name, name.upper(), name.lower(), name.swapcase()):
        if variant.casefold() == name.casefold():
            assert found(variant, names=[name])
            assert found(f"{variant}@EXAMPLE.com", email=f"{name}@example.com")
            assert found(variant, email=f"{name}@example.com")


@given(visible)
def test_a_common_password_is_common_whatever_its_case(password):
    common = {password.casefold()}
    assert found(password, common=common)
    if password.swapcase().casefold() == password.casefold():
        assert found(password.swapcase(), common=common)


def test_spaces_do_not_hide_a_name():
    assert found("ليلىحسن") == found("ليلى  حسن") == ["must not be your name"]


def test_an_absent_name_forbids_nothing():
    assert found("quiet river", names=["", ""]) == []


@pytest.mark.parametrize("space", SPACES)
def test_spaces_make_no_length(space):
    (fault,) = found(space * 8)
    assert "8 characters" in fault
    assert found(f"{space}a{space * 6}") == found(f"abc{space * 3}def") == [fault]
    assert found(f"{space * 2}abc{space * 5}defg{space}") == []


def test_a_name_or_common_password_is_one_whatever_its_spaces():
    assert found("ليلى\u00a0\u2003حسن") == ["must not be your name"]
    assert found("Pass\u00a0Word", common={"pass word"})


def test_an_email_in_its_ascii_form_is_an_email():
    for password in ("user@bücher.example", "USER@xn--bcher-kva.example"):
        assert found(password, email="user@bücher.example", key="user@xn--bcher-kva.example")


@given(st.text())
def test_preparing_twice_is_preparing_once(password):
    assert prepared(prepared(password)) == prepared(password)


def test_the_same_letters_from_two_keyboards_are_one_password():
    assert prepared("cafe\u0301 au lait") == prepared("caf\u00e9 au lait")


@pytest.mark.parametrize("space", SPACES)
def test_every_space_is_the_space_bar(space):
    assert prepared(f"quiet{space}river") == "quiet river"


@given(st.text(alphabet=st.characters() | st.sampled_from(SPACES), min_size=1))
def test_preparing_is_what_opaque_string_says(password):
    try:
        opaque = get_profile("OpaqueString").enforce(password)
    except UnicodeEncodeError:
        return
    assert prepared(password) == opaque


def test_a_password_from_before_is_tried_as_it_was_kept_where_that_is_another():
    assert forms("quiet river") == ("quiet river",)
    assert forms("cafe\u0301 xx") == ("caf\u00e9 xx",)
    assert forms("quiet\u00a0river") == ("quiet river", "quiet\u00a0river")
