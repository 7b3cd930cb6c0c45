"""Which characters a new password may hold (RFC 8265, OpaqueString)."""

import pytest

from auth.credentials.opaque import is_opaque


@pytest.mark.parametrize(
    "password",
    [
        "quiet-river-29",
        "quiet river 29",
        "quiet\u00a0river\u300029",
        "مرور هادئ ٢٩",
        "می‌روم خانه",  # a zero-width non-joiner where Persian needs one
        "пароль🔑ключ",
        "cafe\u0301 au lait",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    ],
)
def test_what_people_can_type_again_is_a_password(password):
    assert is_opaque(password)


@pytest.mark.parametrize(
    "hidden",
    [
        "\u00ad",
        "\u034f",
        "\u115f",
        "\u200b",
        "\u200d",
        "\u200e",
        "\u202e",
        "\u2060",
        "\u2028",
        "\u3164",
        "\ue000",
        "\ufdd0",
        "\ufeff",
        "\x00",
        "\x7f",
        "\U000e0020",
    ],
)
def test_what_nobody_sees_is_in_no_password(hidden):
    assert not is_opaque(f"quiet{hidden}river")
    assert not is_opaque(hidden * 8)
