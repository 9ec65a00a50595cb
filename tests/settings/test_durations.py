from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.settings.durations import NotADuration, format_duration, parse_duration

DURATIONS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600), ("1.5s", 1.5), ("0s", 0), ("1h1ms", 3600.001)],
)
def test_a_duration_is_numbers_with_units(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "given", ["", "s", "10", "10x", "1m 30s", "-1s", "s10", "10S", "1e3s", 10, 1.5, True, None, [], "9000h"]
)
def test_what_is_no_duration_is_refused_with_what_is_allowed(given: object) -> None:
    with pytest.raises(NotADuration, match="allowed: "):
        parse_duration(given)


@given(DURATIONS)
def test_a_duration_survives_being_written(value: timedelta) -> None:
    assert parse_duration(format_duration(value)) == value
    assert parse_duration(value) == value
