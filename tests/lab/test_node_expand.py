"""``$(NAME)`` references, quantities and command lines."""

import pytest

from lab.node.expand import expand, expand_in_order, in_units_of, quantity
from lab.node.images import Image, command_line


def test_a_known_name_is_replaced_and_an_unknown_one_stays_as_written() -> None:
    assert expand("--host=$(IP) $(NOPE)", {"IP": "10.42.0.2"}) == "--host=10.42.0.2 $(NOPE)"


def test_a_doubled_dollar_is_a_literal_one_and_shields_a_reference() -> None:
    assert expand("$$(IP) $$", {"IP": "x"}) == "$(IP) $"


def test_a_value_is_not_expanded_again() -> None:
    assert expand("$(A)", {"A": "$(B)", "B": "no"}) == "$(B)"


def test_a_variable_may_refer_to_those_before_it_only() -> None:
    values = expand_in_order([("EARLY", "$(LATE)"), ("LATE", "1"), ("SUM", "$(LATE)+$(HOST)")], {"HOST": "h"})
    assert values == {"HOST": "h", "EARLY": "$(LATE)", "LATE": "1", "SUM": "1+h"}


@pytest.mark.parametrize(
    ("text", "divisor", "expected"),
    [("500m", "1", "1"), ("500m", "1m", "500"), ("64Mi", "1Mi", "64"), ("1G", "1Mi", "954"), ("2", "1", "2")],
)
def test_a_resource_is_counted_in_units_and_rounded_up(text: str, divisor: str, expected: str) -> None:
    assert in_units_of(text, divisor) == expected


def test_a_quantity_may_be_a_power_of_two_or_ten() -> None:
    assert quantity("1Ki") == 1024
    assert quantity("1k") == 1000
    assert quantity("1e3") == 1000


def test_what_is_no_quantity_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'lots' is not a resource quantity"):
        quantity("lots")


IMAGE = Image("id", ("./entry",), ("--default",))


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({}, ("./entry", "--default")),
        ({"args": ["--own"]}, ("./entry", "--own")),
        ({"command": ["sh"]}, ("sh",)),
        ({"command": ["sh"], "args": ["-c", "true"]}, ("sh", "-c", "true")),
    ],
)
def test_command_replaces_entry_point_and_arguments_args_only_the_arguments(
    container: dict[str, list[str]], expected: tuple[str, ...]
) -> None:
    assert command_line(IMAGE, container) == expected
