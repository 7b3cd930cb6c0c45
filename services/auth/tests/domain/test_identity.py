import random
import re

from hypothesis import given
from hypothesis import strategies as st

from auth.domain.identity import email_key, reader_name, username_key

text = st.text(max_size=64)


@given(text)
def test_the_key_of_a_key_is_itself(email):
    assert email_key(email_key(email)) == email_key(email)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=64))
def test_case_makes_no_other_email(email):
    assert email_key(email.upper()) == email_key(email.lower()) == email_key(email)


@given(st.from_regex(r"[a-z0-9._-]{1,20}@[a-z0-9-]{1,10}\.com", fullmatch=True))
def test_different_emails_in_lower_case_stay_different(email):
    assert email_key(email) == email


def test_accents_typed_in_two_ways_are_one_email():
    assert email_key("jose\u0301@example.com") == email_key("JOS\u00c9@example.com")


def test_usernames_differ_in_more_than_case():
    assert username_key("Layla.H") == username_key("layla.h") != username_key("layla-h")


def test_a_given_name_is_a_valid_username_and_says_nothing():
    assert re.fullmatch(r"reader-[a-z0-9]{6}", reader_name(random.choice))
