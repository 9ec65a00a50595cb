"""One step of a release, as stack config has it: `{weight: 5, duration: 1m}`, `{pause: 2m}`, `{gate: {name, url}}`."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from canary.core import spec
from canary.settings.base import Settings
from canary.settings.errors import Fault, show
from canary.settings.hook import HookSettings
from canary.settings.match import MatchSettings
from canary.settings.vocabulary import Count, Duration, Flag, Span, Weight, refuse

KINDS = ("weight", "pause", "gate", "mirror", "match", "hold", "switch")
INDEFINITELY = "indefinitely"


class StepSettings(Settings):
    """Exactly one of weight, pause, gate, mirror, match, hold, switch, with what modifies it."""

    modifiers: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "duration": ("weight",),
        "checks": ("weight", "mirror", "match"),
    }

    weight: Weight | None = Field(None, description="Percent of all requests that the canary gets.")
    pause: Span | None = Field(None, description=f"Stay as long at the present routing; {INDEFINITELY}: until resumed.")
    gate: HookSettings | None = Field(None, description="Stay until this webhook approves; a URL alone will do.")
    mirror: Weight | None = Field(
        None, description="Percent of requests copied to the canary; users never see its answers."
    )
    match: list[MatchSettings] | None = Field(
        None, description="Requests that match one of these go to the canary (A/B)."
    )
    hold: Count | None = Field(
        None, description="No user traffic on the canary for as many passed checks (blue/green)."
    )
    switch: Flag | None = Field(None, description="All traffic to the canary at once (blue/green).")
    duration: Duration = Field(timedelta(0), description="Weight only: the step lasts at least that long.")
    checks: Count = Field(1, description="Weight, mirror, match: so many checks have to pass.")

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        if given == "pause":
            return {"pause": INDEFINITELY}
        if given == "switch":
            return {"switch": True}
        if not isinstance(given, Mapping):
            raise refuse(
                f"{show(given)} is not a step; allowed: a mapping with one of {', '.join(KINDS)}, such as {{weight: 5}}"
            )
        return given

    @field_validator("pause", mode="before")
    @classmethod
    def _pause(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and set(given) <= {"duration"}:
            given = given.get("duration", INDEFINITELY)
        return None if given == INDEFINITELY else given

    @field_validator("gate", mode="before")
    @classmethod
    def _gate(cls, given: Any) -> Any:
        return {"name": given.split("://")[-1].rstrip("/"), "url": given} if isinstance(given, str) else given

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of the kinds were given; a good step has one."""
        return tuple(kind for kind in KINDS if kind in self.model_fields_set)

    def contradictions(self) -> Iterable[Fault]:
        """One kind a step; modifiers only where they mean something."""
        if len(self.kinds) != 1:
            yield Fault((), f"has {' and '.join(self.kinds) or 'no kind'}; allowed: exactly one of {', '.join(KINDS)}")
            return
        kind = self.kinds[0]
        if kind != "pause" and not getattr(self, kind):
            yield Fault(
                (kind,), f"is nothing; allowed: {'true' if kind == 'switch' else 'a value'}, or leave the step out"
            )
        for modifier, meant in self.modifiers.items():
            if modifier in self.model_fields_set and kind not in meant:
                yield Fault((modifier,), f"has no meaning for {kind}; allowed: with {', '.join(meant)}")

    def to_core(self) -> spec.Step:  # noqa: PLR0911 - one for each kind
        """The core's form."""
        match self.kinds[0]:
            case "weight":
                return spec.Weight(self.weight or 0, self.duration, self.checks)
            case "pause":
                return spec.Pause(self.pause)
            case "gate" if self.gate:
                return spec.Gate(self.gate.to_core())
            case "mirror":
                return spec.Mirror(self.mirror or 0, self.checks)
            case "match":
                return spec.Match(tuple(rule.to_core() for rule in self.match or ()), self.checks)
            case "hold":
                return spec.Hold(self.hold or 1)
            case _:
                return spec.Switch()
