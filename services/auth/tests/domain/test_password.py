from hypothesis import given
from hypothesis import strategies as st

from auth.domain.password import faults, prepared

visible = st.text(alphabet=st.characters(categories=["L", "N", "P"]), min_size=8, max_size=40)


def found(password, *, email="layla@example.com", names=("layla.h", "ليلى حسن"), common=()):
    return faults(password, email=email, names=names, common=common)


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
    assert found("        ", names=["", ""]) == []


@given(st.text())
def test_preparing_twice_is_preparing_once(password):
    assert prepared(prepared(password)) == prepared(password)


def test_the_same_letters_from_two_keyboards_are_one_password():
    assert prepared("cafe\u0301 au lait") == prepared("caf\u00e9 au lait")
