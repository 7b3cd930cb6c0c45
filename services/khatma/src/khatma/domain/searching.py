"""The words by which a khatma is found: the same for all ways in which a word is written.

A text's words and those that somebody looks for go through the same rules, so they meet:

- Compatibility forms, marks and case fall away (Unicode Standard, 3.13, D146: caseless matching of
  compatibility forms; then no general category M). In Arabic these are the vowel signs, and the
  hamza and the madda that an alef, a waw or a yeh carries.
- Teh marbuta is heh, dotless yeh is yeh, and tatweel is nothing: Apache Lucene's ArabicNormalizer;
  Persian kaf and yeh are the Arabic ones: its PersianNormalizer. Alef wasla is alef.
- The article, alone or behind the particles that are written with it, falls away where two letters
  are left: Lucene's ArabicStemmer, but for the name of God, and for its bare waw, with which too
  many words begin.
- What is neither letter nor digit parts words. Digits of all scripts are those of ASCII.
"""

import re
import unicodedata

from khatma.domain.refusals import Wrong

LONGEST_WORD = 64
MOST_WORDS = 8
_ARTICLES = ("وال", "بال", "كال", "فال", "ال", "لل")
_GOD = "الله"
_LETTERS = str.maketrans({"ٱ": "ا", "ة": "ه", "ى": "ي", "ک": "ك", "ی": "ي", "ہ": "ه", "ـ": None})
# Letters and digits of any script; what is left of it is no underscore.
_WORD = re.compile(r"[^\W_]+")


def searchable(*texts: str) -> list[str]:
    """Return the different words of `texts`, in their order: each without its article as well."""
    words = [word for text in texts for word in _words(text)]
    return list(dict.fromkeys(form for word in words for form in (word, _bare(word))))


def wanted(said: str, field: str = "q") -> list[str]:
    """Return the beginnings of words that somebody looks for, all of which are to be found.

    Args:
        said: What they look for.
        field: How they called it.

    Raises:
        Wrong: It holds no word of two letters, or too many words.
    """
    words = list(dict.fromkeys(_bare(word) for word in _words(said)))
    if not any(len(word) > 1 for word in words):
        raise Wrong(field, "Must hold a word of at least two letters or digits.")
    if len(words) > MOST_WORDS:
        raise Wrong(field, f"Must hold at most {MOST_WORDS} words.")
    return words


def _words(text: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in _WORD.findall(_plain(text))]


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(_kept(letter) for letter in folded).translate(_LETTERS)


def _kept(letter: str) -> str:
    """Return what counts of a character: nothing of a mark or an invisible one."""
    if letter.isascii():
        return letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.digit(letter))
    return "" if kind[0] == "M" or kind == "Cf" else letter


def _bare(word: str) -> str:
    """Return `word` without the article that it begins with."""
    for article in _ARTICLES:
        left = word[len(article) :]
        if word.startswith(article) and len(left) > 1 and not word.endswith(_GOD):
            return left
    return word
