from pathlib import Path

from canary.settings.reference import GROUPS, reference

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_reference_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `python -m canary.settings.reference`"


def test_every_setting_has_a_meaning() -> None:
    assert not [
        (group, name) for group in GROUPS for name, field in group.model_fields.items() if not field.description
    ]
