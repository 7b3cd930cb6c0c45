import random
import re

from auth.domain.identity import reader_name, username_key


def test_usernames_differ_in_more_than_case():
    assert username_key("Layla.H") == username_key("layla.h") != username_key("layla-h")


def test_a_given_name_is_a_valid_username_and_says_nothing():
    assert re.fullmatch(r"reader-[a-z0-9]{6}", reader_name(random.choice))
