"""Writes docs/settings.md from the models, so that what is documented is what is read.

python -m canary.settings.reference [FILE]; without FILE it writes `canary.settings.arguments` anew as well.
"""

import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from canary.settings.analysis import AnalysisSettings
from canary.settings.base import Settings
from canary.settings.durations import ALLOWED, format_duration
from canary.settings.expected import ExpectedSettings
from canary.settings.hook import AlertSettings, HookSettings, WebhookSettings
from canary.settings.match import AffinitySettings, HeaderSettings, MatchSettings
from canary.settings.metric import BackendSettings, MetricSettings, RangeSettings
from canary.settings.release import ReleaseSettings, ServiceSettings
from canary.settings.spelling import camel
from canary.settings.step import StepSettings

DEFAULT = Path("docs/settings.md")

GROUPS: dict[type[Settings], str] = {
    ReleaseSettings: "A release",
    ServiceSettings: "service",
    AnalysisSettings: "analysis",
    StepSettings: "analysis.steps[]",
    HookSettings: "analysis.steps[].gate",
    MetricSettings: "analysis.metrics[]",
    RangeSettings: "analysis.metrics[].threshold_range",
    BackendSettings: "metrics_backend, analysis.metrics[].backend",
    WebhookSettings: "analysis.webhooks[]",
    AlertSettings: "analysis.alerts[]",
    MatchSettings: "analysis.match[]",
    HeaderSettings: "analysis.match[].headers.NAME",
    AffinitySettings: "analysis.session_affinity",
    ExpectedSettings: "expected",
}

INTRODUCTION = f"""# Settings

Generated from the models by `python -m canary.settings.reference`; do not edit.

The same settings can be given as Python arguments and as stack configuration, each key in snake_case or camelCase:

```python
Canary("podinfo", service={{"port": 9898}}, analysis={{"interval": "10s", "steps": [Weight(5), Pause("2m")]}}, ...)
```
```yaml
config:
  canary:name: podinfo
  canary:service: {{port: 9898}}
  canary:analysis: {{interval: 10s, steps: [{{weight: 5}}, {{pause: 2m}}]}}
```

A duration is {ALLOWED}; in Python a `timedelta` will do. A plain number is refused, since it has no unit.
What is wrong is reported all at once, in `pulumi preview`, each fault with the path of its field.
"""


RULE = "|---|---|---|---|---|\n"


def reference() -> str:
    """The whole page."""
    return INTRODUCTION + "".join(f"\n{_section(group, title)}" for group, title in GROUPS.items())


def _section(group: type[Settings], title: str) -> str:
    heading = title if group is ReleaseSettings else f"`{title}`"
    rows = "".join(_row(name, field) for name, field in group.model_fields.items())
    return f"## {heading}\n\n{_summary(group)}\n\n| setting | in camelCase | type | default | meaning |\n{RULE}{rows}"


def _summary(group: type[Settings]) -> str:
    return (group.__doc__ or "").strip()


def _row(name: str, field: FieldInfo) -> str:
    spelled = f"`{camel(name)}`" if camel(name) != name else ""
    return f"| `{name}` | {spelled} | {_type(field)} | {_default(field)} | {field.description} |\n"


def _type(field: FieldInfo) -> str:
    named = [one for one in field.metadata if isinstance(one, str)] or list(_words(field.annotation))
    return _group(field.annotation) or (named[0] if named else "mapping")


def _words(annotation: Any) -> Iterable[str]:
    yield from (one for one in getattr(annotation, "__metadata__", ()) if isinstance(one, str))
    for inner in get_args(annotation):
        words = list(_words(inner))
        yield from (f"list of: {word}" for word in words) if getattr(annotation, "__origin__", None) is list else words


def _group(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return f"see `{GROUPS[annotation]}`"
    return next((found for one in get_args(annotation) if (found := _group(one))), "")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return (
        format_duration(value)
        if isinstance(value, timedelta)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        from canary.settings import typed  # it knows this module, too

        typed.write()
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(reference(), encoding="utf-8")
