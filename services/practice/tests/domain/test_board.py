from practice.domain.board import Standing, leader

LAYLA, OMAR = Standing(1, 100), Standing(2, 100)


def test_the_first_of_the_board_leads():
    assert leader(None, LAYLA) == LAYLA
    assert leader(Standing(2, 99), LAYLA) == LAYLA


def test_a_tie_does_not_dethrone():
    assert leader(OMAR, LAYLA) == OMAR


def test_nobody_leads_an_empty_board():
    assert leader(None, None) is None
