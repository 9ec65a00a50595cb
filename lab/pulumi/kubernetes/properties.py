"""The engine's property values as plain Python, and back.

On the wire a secret is an object with a signature and an unknown value is a reserved string. Here they are `Secret` and
`UNKNOWN`, so that neither can be mistaken for data. Keys such as `x-kubernetes-int-or-string` cannot be property names
and are spelled with underscores there. This module refuses to know what a Kubernetes object is.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from google.protobuf import struct_pb2

Json = dict[str, Any]

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  (the protocol's constant)
_UNKNOWNS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_DASHED = {
    f"x_kubernetes_{name.replace('-', '_')}": f"x-kubernetes-{name}"
    for name in (
        "embedded-resource",
        "int-or-string",
        "list-map-keys",
        "list-type",
        "map-type",
        "preserve-unknown-fields",
        "validations",
    )
}
_UNDERSCORED = {dashed: underscored for underscored, dashed in _DASHED.items()}


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must be encrypted wherever it is stored."""

    value: Any


class Unknown(Enum):
    """The type of `UNKNOWN`: a value that only the update itself will reveal. There is but one, also after a copy."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


def decode(struct: struct_pb2.Struct) -> Json:
    """What the engine sent, as Python values."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def encode(properties: Json) -> struct_pb2.Struct:
    """Python values as the engine wants them."""
    return struct_pb2.Struct(fields={key: _encode(value) for key, value in properties.items()})


def plain(value: Any) -> Any:
    """`value` without its secret marks and with Kubernetes' own key names; unknowns stay."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {_DASHED.get(key, key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def nameable(value: Any) -> Any:
    """`value` with keys that can be property names: the inverse of what `plain` does to keys."""
    if isinstance(value, dict):
        return {_UNDERSCORED.get(key, key): nameable(item) for key, item in value.items()}
    return [nameable(item) for item in value] if isinstance(value, list) else value


def has_unknown(value: Any) -> bool:
    """Whether anything in `value` is still unknown."""
    return value is UNKNOWN or any(has_unknown(item) for item in _parts(value))


def has_secret(value: Any) -> bool:
    """Whether anything in `value` is secret."""
    return isinstance(value, Secret) or any(has_secret(item) for item in _parts(value))


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Secret):
        return [value.value]
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _decode(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _decode_object(value.struct_value)
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def _decode_object(struct: struct_pb2.Struct) -> Any:
    signature = struct.fields[_SIGNATURE].string_value if _SIGNATURE in struct.fields else ""
    if signature == _SECRET_SIGNATURE:
        return Secret(_decode(struct.fields["value"]))
    return decode(struct)


def _encode(value: Any) -> struct_pb2.Value:
    if isinstance(value, Secret):
        signed = {_SIGNATURE: _SECRET_SIGNATURE, "value": value.value}
        return struct_pb2.Value(struct_value=encode(signed))
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=encode(value))
    if isinstance(value, list):
        items = [_encode(item) for item in value]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    return _encode_scalar(value)


def _encode_scalar(value: Any) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_ON_THE_WIRE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    return struct_pb2.Value(string_value=str(value))
