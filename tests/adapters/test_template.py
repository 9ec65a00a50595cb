import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.adapters.template import check_template, render
from canary.ports import Misconfigured

NAMES = {"name": "podinfo", "namespace": "prod", "target": "podinfo", "service": "podinfo", "interval": "60s"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('up{ns="{{ namespace }}"}[{{ interval }}]', 'up{ns="prod"}[60s]'),
        ("{{target}}", "podinfo"),
        ("a {{- target -}} b", "apodinfob"),
        ("sum(x) > {{ variables.limit }}", "sum(x) > 5"),
        ('x{t="{{ variables.team }}"}', 'x{t="a \\"b\\" \\\\d"}'),
        ('x{t="{{ index variables "team" }}"}', 'x{t="a \\"b\\" \\\\d"}'),
        ("x{t=`{{ variables.team }}`}", 'x{t=`a "b" \\d`}'),
        ("no holes", "no holes"),
    ],
)
def test_flaggers_spelling_is_filled(template: str, text: str) -> None:
    assert render(template, NAMES, {"team": 'a "b" \\d', "limit": "5"}) == text


def test_a_value_outside_quotes_must_be_a_plain_word() -> None:
    with pytest.raises(Misconfigured, match="outside quotes"):
        render("sum(x{{ variables.evil }})", NAMES, {"evil": "} or vector(1"})


@pytest.mark.parametrize("template", ["{{ .Target }}", "{{ workload }}", "{{ target | upper }}", "{{ }}"])
def test_an_unknown_placeholder_names_the_known_ones(template: str) -> None:
    with pytest.raises(Misconfigured, match="known are name, namespace"):
        check_template(template, {})


def test_a_variable_that_is_not_given_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"'team'.*given: owner"):
        check_template('x{t="{{ variables.team }}"}', {"owner": "me"})


def _unquote(text: str) -> str:
    result, escaped = [], False
    for char in text:
        if not escaped and char == "\\":
            escaped = True
            continue
        assert escaped or char != '"', "the string ended early"
        result.append(char)
        escaped = False
    assert not escaped
    return "".join(result)


@given(st.text(st.characters(exclude_characters="\n\r\0")))
def test_a_value_inside_quotes_stays_that_one_string(value: str) -> None:
    text = render('x{t="{{ variables.v }}"}', NAMES, {"v": value})
    assert _unquote(text.removeprefix('x{t="').removesuffix('"}')) == value
