import pytest

from tests.bench.figures import Figure


@pytest.mark.parametrize(
    ("value", "limit", "is_floor", "is_kept"),
    [
        (0.4, 0.4, False, True),
        (0.41, 0.4, False, False),
        (600, 600, True, True),
        (599, 600, True, False),
        (9, None, False, True),
    ],
)
def test_a_limit_is_a_most_or_a_least(value: float, limit: float | None, is_floor: bool, is_kept: bool) -> None:
    figure = Figure("one request", value, "s", limit, is_floor)

    assert figure.is_kept is is_kept
    assert figure.content()["is_kept"] is is_kept


def test_a_broken_limit_is_told_in_capitals() -> None:
    assert Figure("one request", 0.5, "s", 0.4).line().split()[-4:] == ["at", "most", "0.4", "OVER"]
    assert Figure("one request", 0.3, "s", 0.4).line().split()[-4:] == ["at", "most", "0.4", "ok"]
    assert "OVER" not in Figure("one request", 0.5, "s").line()
