"""The words by which a khatma is found."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khatma.domain.refusals import Wrong
from khatma.domain.searching import LONGEST_WORD, MOST_WORDS, searchable, wanted


def found(said: str, text: str) -> bool:
    """Say whether the words that are looked for are beginnings of words of the text."""
    return all(any(word.startswith(want) for word in searchable(text)) for want in wanted(said))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("رمضان", "خَتْمَةُ رَمَضَانَ"),
        ("خَتْمَة", "ختمه"),
        ("رمـــضان", "رمضان"),
        ("رمضان", "رمـضـان"),
        ("احمد", "أحمد"),
        ("أحمد", "احمد"),
        ("إيمان", "ايمان"),
        ("القران", "القرآن"),
        ("قرآن", "القران"),
        ("القرآن", "قران كريم"),
        ("سوره", "سورة الرحمٰن"),
        ("الرحمن", "سورة الرحمٰن"),
        ("مؤمن", "مومنون"),
        ("شاطئ", "شاطى"),
        ("هدي", "هدى"),
        ("ٱلكتاب", "الكتاب"),
        ("کتاب", "كتاب"),
        ("يا علی", "يا علي"),
        ("بالحج", "الحج"),
        ("حج", "للحج"),
        ("الله", "بسم الله"),
        ("ﷲ", "بسم الله"),
        ("٣٠", "30 days"),
        ("30", "ختمة ٣٠ يوما"),
        ("۳۰", "30"),
        ("RAMADAN", "ramadan"),
        ("ramad", "Ramadan group"),
        ("group rama", "Ramadan group"),
        ("eveque", "Évêque"),
        ("strasse", "Straße"),
        ("istanbul", "İstanbul"),
        ("ｆｕｌｌ", "full"),
        ("می‌خواهم", "میخواهم"),
        ("khatma_2", "khatma 2"),
        ("أم-كلثوم", "ام كلثوم"),
    ],
)
def test_a_word_is_found_however_it_is_written(said, text):
    assert found(said, text)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("رمضان شعبان", "ختمة رمضان"),
        ("adan", "Ramadan"),
        ("الله", "لهم"),
        ("والد", "الدار"),
        ("ali", "Layla"),
    ],
)
def test_another_word_is_not(said, text):
    assert not found(said, text)


@pytest.mark.parametrize(
    "said",
    ["", " ", "ا", "a", "a b", "%", "_", "\\", "%_\\", "ًٌٍ", "َ", "ــــ", "\u200b", "!!!", "😀", "'"],
)
def test_what_holds_no_word_is_refused(said):
    with pytest.raises(Wrong, match="two letters"):
        wanted(said)


def test_too_many_words_are_refused():
    said = [f"word{n}" for n in range(MOST_WORDS + 1)]
    assert len(wanted(" ".join(said[:-1]))) == MOST_WORDS
    with pytest.raises(Wrong, match="at most"):
        wanted(" ".join(said))
    assert wanted("same " * 100) == ["same"]


def test_a_long_word_is_found_by_its_beginning():
    assert searchable("ن" * 2000) == ["ن" * LONGEST_WORD]
    assert found("ن" * 100, "ن" * 2000)


@given(st.text())
def test_plain_words_stay_as_they_are(text):
    words = searchable(text)
    assert set(words) <= set(searchable(*words))
    assert searchable(*words, *words) == searchable(*words)


@given(st.text())
def test_words_are_letters_and_digits_alone(text):
    """So none of them means anything to whoever reads a query made of them."""
    assert all(unicodedata.category(char)[0] in "LN" for word in searchable(text) for char in word)
    assert "" not in searchable(text)


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=2, max_size=40))
def test_every_text_is_found_by_itself(text):
    try:
        said = wanted(text)
    except Wrong:
        return
    assert all(any(word.startswith(want) for word in searchable(text)) for want in said)


@given(st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئةى", min_size=2), st.data())
def test_marks_and_tatweel_change_nothing(word, data):
    marks = st.text(
        alphabet="\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u0640", max_size=3
    )
    written = "".join(letter + data.draw(marks) for letter in word)
    assert searchable(written) == searchable(word)
