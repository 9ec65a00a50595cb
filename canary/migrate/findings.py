"""What an import finds on its way: faults, and notes on what is left out. Nothing is dropped in silence."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from canary.ports import Misconfigured
from canary.settings import ReleaseSettings

IGNORE = "leave it out, or pass its path in `ignore` to do without it"


class ImportFault(Misconfigured):
    """The objects cannot be taken over as they are. `lines` has one line for each reason, with the field's path."""

    def __init__(self, what: str, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        count = "1 reason" if len(lines) == 1 else f"{len(lines)} reasons"
        super().__init__("\n  ".join([f"{what} cannot be imported, for {count}:", *lines]))


@dataclass(frozen=True, slots=True)
class Imported:
    """A release taken over from another tool.

    settings: ready for `Canary(settings=...)`. document: the same as stack config has it. api_version, kind, target:
    the workload that was referred to. notes: what differs from before, one sentence each; worth reading once.
    """

    settings: ReleaseSettings
    document: Mapping[str, Any]
    api_version: str
    kind: str
    target: str
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """Collects faults and notes. A fault at a path in `ignore` becomes a note."""

    ignore: Collection[str] = ()
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, path: str, text: str) -> None:
        """Something that would change what a release does."""
        if path in self.ignore:
            self.notes.append(f"{path}: ignored as you asked ({text})")
        else:
            self.faults.append(f"{path}: {text}")

    def unsupported(self, path: str, why: str) -> None:
        """A field that has no counterpart here, and matters."""
        self.fault(path, f"is not supported: {why}; {IGNORE}")

    def note(self, path: str, text: str) -> None:
        """Something that is left out or different, without harm."""
        self.notes.append(f"{path}: {text}")


@dataclass(slots=True)
class Section:
    """A mapping that is read key by key; what nobody took in the end is reported."""

    path: str
    left: dict[str, Any]
    findings: Findings

    @classmethod
    def of(cls, path: str, value: Any, findings: Findings) -> "Section":
        """The section at `path`; a value that is no mapping is a fault, and then an empty section."""
        if value is not None and not isinstance(value, Mapping):
            findings.fault(path, f"is a {type(value).__name__}; allowed: a mapping")
            value = None
        return cls(path, dict(value or {}), findings)

    def take(self, key: str) -> Any:
        """The value of `key`, None when it is absent."""
        return self.left.pop(key, None)

    def text(self, key: str) -> str:
        """The value of `key` as a text, empty when it is absent."""
        value = self.take(key)
        if value is None or isinstance(value, str):
            return value or ""
        self.findings.fault(self.at(key), f"is a {type(value).__name__}; allowed: a text")
        return ""

    def section(self, key: str) -> "Section":
        """The section below `key`."""
        return Section.of(self.at(key), self.take(key), self.findings)

    def items(self, key: str) -> "list[Section]":
        """The sections in the list below `key`."""
        value = self.take(key)
        if value is not None and not isinstance(value, list):
            self.findings.fault(self.at(key), f"is a {type(value).__name__}; allowed: a list")
            return []
        return [Section.of(f"{self.at(key)}[{index}]", one, self.findings) for index, one in enumerate(value or [])]

    def at(self, key: str) -> str:
        """The path of `key`."""
        return f"{self.path}.{key}" if self.path else key

    def finish(self, unsupported: Mapping[str, str] | None = None, harmless: Mapping[str, str] | None = None) -> None:
        """Report what is left: known but unsupported, known and harmless, or unknown. An empty value says nothing."""
        for key, value in self.left.items():
            if key in (harmless or {}):
                if value:
                    self.findings.note(self.at(key), (harmless or {})[key])
            elif key not in (unsupported or {}):
                self.findings.fault(self.at(key), f"is not a field of this object; {IGNORE}")
            elif value:
                self.findings.unsupported(self.at(key), (unsupported or {})[key])
        self.left.clear()
