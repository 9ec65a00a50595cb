"""The types of single settings: duration, weight, count, name. Each refuses with what was given and what is allowed."""

import re
from collections.abc import Callable
from datetime import timedelta
from math import isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

from canary.settings.durations import NotADuration, parse_duration
from canary.settings.errors import show

MAX_PORT = 65535


def refuse(text: str) -> PydanticCustomError:
    """The error by which a type refuses a value; `text` becomes the rest of the fault's line."""
    return PydanticCustomError("setting", "{text}", {"text": text})


def _whole(low: int, high: int | None, what: str) -> Callable[[Any], int]:
    allowed = f"a whole number from {low} to {high}" if high is not None else f"a whole number, at least {low}"

    def read(given: Any) -> int:
        number = int(given) if isinstance(given, str) and re.fullmatch(r"-?\d{1,18}", given) else given
        if (
            isinstance(number, bool)
            or not isinstance(number, int)
            or number < low
            or (high is not None and number > high)
        ):
            raise refuse(f"{show(given)} is not {what}; allowed: {allowed}")
        return number

    return read


def _number(given: Any) -> float:
    try:
        number = float(given) if isinstance(given, int | float | str) and not isinstance(given, bool) else float("nan")
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise refuse(f"{show(given)} is not a number; allowed: a finite number such as 99 or 0.5")
    return number


def _percentile(given: Any) -> float:
    number = _number(given)
    if not 0 < number < 100:  # noqa: PLR2004 - percent
        raise refuse(f"{show(given)} is not a percentile; allowed: more than 0 and less than 100, such as 99 or 99.9")
    return number


def _duration(given: Any) -> timedelta:
    try:
        return parse_duration(given)
    except NotADuration as error:
        raise refuse(str(error)) from error


def _interval(given: Any) -> timedelta:
    value = _duration(given)
    if value < timedelta(seconds=1):
        raise refuse(
            f'"{given}" is too short; allowed: 1s or more (metrics are scraped once in some seconds, '
            "so checks closer together would judge the same samples twice)"
        )
    return value


def _span(given: Any) -> timedelta:
    value = _duration(given)
    if not value:
        raise refuse(f'"{given}" is no time at all; allowed: more than 0s')
    return value


def _seconds(given: Any) -> timedelta:
    return timedelta(seconds=_whole(1, 86400 * 365, "a number of seconds")(given))


def _flag(given: Any) -> bool:
    known = {"true": True, "false": False}
    if isinstance(given, str) and given.lower() in known:
        return known[given.lower()]
    if not isinstance(given, bool):
        raise refuse(f"{show(given)} is not a switch; allowed: true or false")
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given.strip():
        raise refuse(f"{show(given)} is not accepted; allowed: a text that is not empty")
    return given


def _dns_label(given: Any) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", given):
        raise refuse(
            f"{show(given)} is not a Kubernetes name; allowed: up to 63 of a-z, 0-9 and -, "
            "beginning and ending with a-z or 0-9"
        )
    return given


def _url(given: Any) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", given):
        raise refuse(
            f'{show(given)} is not a URL; allowed: "http://..." or "https://...", such as http://load-tester.prod/'
        )
    return given


def _secret_url(given: Any) -> str:
    try:
        return _url(given)
    except PydanticCustomError as error:
        raise refuse('what is given is not a URL (not shown here); allowed: "http://..." or "https://..."') from error


def _is_port_name(given: Any) -> bool:
    return isinstance(given, str) and re.fullmatch(r"(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?", given) is not None


def _port_name(given: Any) -> str:
    if not _is_port_name(given):
        raise refuse(
            f"{show(given)} is not a port's name; allowed: up to 15 of a-z, 0-9 and -, with a letter among them"
        )
    return str(given)


def _target_port(given: Any) -> int | str:
    if isinstance(given, str) and not given.isdigit():
        if _is_port_name(given):
            return given
        raise refuse(f"{show(given)} is not a port; allowed: 1 to {MAX_PORT}, or a container port's name")
    return _whole(1, MAX_PORT, "a port")(given)


def _labels(given: Any) -> Any:
    """YAML reads `retries: 3` in a mapping of texts as a number; for users it is the text they typed."""
    if not isinstance(given, dict):
        return given
    plain = {True: "true", False: "false"}
    return {
        str(key): plain[value] if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value
        for key, value in given.items()
    }


def one_of(*allowed: str) -> PlainValidator:
    """A type of which exactly these texts are values."""

    def read(given: Any) -> Any:
        if given not in allowed:
            raise refuse(f"{show(given)} is not accepted; allowed: {', '.join(allowed)}")
        return given

    return PlainValidator(read, json_schema_input_type=str)


Duration = Annotated[timedelta, PlainValidator(_duration), "duration, 0s or more"]
Span = Annotated[timedelta, PlainValidator(_span), "duration, more than 0s"]
Interval = Annotated[timedelta, PlainValidator(_interval), "duration, 1s or more"]
Seconds = Annotated[timedelta, PlainValidator(_seconds), "whole seconds, 1 or more"]
Weight = Annotated[int, PlainValidator(_whole(1, 100, "a weight")), "percent, 1 to 100"]
Percent = Annotated[int, PlainValidator(_whole(0, 100, "a percentage")), "percent, 0 to 100"]
Count = Annotated[int, PlainValidator(_whole(1, None, "a count")), "whole number, 1 or more"]
Natural = Annotated[int, PlainValidator(_whole(0, None, "a number")), "whole number, 0 or more"]
Retries = Annotated[int, PlainValidator(_whole(0, 10, "a number of retries")), "whole number, 0 to 10"]
Port = Annotated[int, PlainValidator(_whole(1, MAX_PORT, "a port")), "port, 1 to 65535"]
TargetPort = Annotated[int | str, PlainValidator(_target_port), "port number or name"]
Number = Annotated[float, PlainValidator(_number), "number"]
Percentile = Annotated[float, PlainValidator(_percentile), "number between 0 and 100"]
Flag = Annotated[bool, PlainValidator(_flag), "true or false"]
Text = Annotated[str, PlainValidator(_text), "text"]
Name = Annotated[str, PlainValidator(_dns_label), "Kubernetes name"]
Url = Annotated[str, PlainValidator(_url), "URL"]
PortName = Annotated[str, PlainValidator(_port_name), "port name"]
SecretUrl = Annotated[str, PlainValidator(_secret_url), "URL"]
Texts = Annotated[dict[str, str], BeforeValidator(_labels), "mapping of text to text"]
