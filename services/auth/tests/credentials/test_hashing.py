import re

import pytest

from auth.credentials.common_passwords import common_passwords
from auth.credentials.hashing import Argon2


@pytest.fixture(scope="module")
def argon2():
    return Argon2()


def test_the_parameters_are_owasps_or_above(argon2):
    encoded = argon2.hash("a long enough secret")
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", encoded)
    memory, passes, lanes = map(int, found.groups())
    assert (memory, passes, lanes) >= (19_456, 2, 1)
    assert not argon2.is_outgrown(encoded)
    assert Argon2(memory_kib=19_457).is_outgrown(encoded)


def test_each_hash_has_a_salt_of_its_own(argon2):
    first, second = argon2.hash("the same"), argon2.hash("the same")
    assert first != second
    assert argon2.verify(first, "the same")
    assert argon2.verify(second, "the same")


@pytest.mark.parametrize(
    "password", ["", " ", "The same", "the same ", "x" * 128, "nul\x00", "ليلى"]
)
def test_only_the_password_itself_matches(argon2, password):
    encoded = argon2.hash("the same")
    assert not argon2.verify(encoded, password)
    assert argon2.verify(argon2.hash(password), password)


def test_nothing_matches_no_hash_or_a_broken_one(argon2):
    for nobody in (None, "", "not a hash", "$argon2id$v=19$m=19456,t=2,p=1$broken"):
        assert not argon2.verify(nobody, "the password of nobody")


def test_the_list_holds_what_guessers_try_first_and_no_example_of_the_documents():
    common = common_passwords()
    assert {"password", "12345678", "password123", "qwertyuiop", "iloveyou"} <= common
    assert not {"strongpass123", "strongpassword123"} & common
    assert len(common) > 10_000
    assert all(word == word.casefold() for word in common)
