"""The pack as Pulumi gets it, without an engine: schemas, profiles, and the SDK's proxies."""

import json
import re
from typing import Any

import pytest
import yaml
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from policies.exemption import BadConfiguration
from policies.finding import Unjudged
from policies.pack import FOLDER, NAME, policies, profile, rules
from policies.sdk import CannotJudge, plain
from policies.view import UNKNOWN
from tests.policies.objects import workload

README = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
TYPES: dict[str, type | tuple[type, ...]] = {"array": list, "number": (int, float), "string": str, "boolean": bool}


def test_every_rule_is_a_policy_with_a_schema_of_defaults() -> None:
    made = policies()
    assert [policy.name for policy in made] == [rule.name for rule in rules()]
    assert len({rule.name for rule in rules()}) == len(made)
    for rule in rules():
        for name, schema in rule.schema.items():
            assert isinstance(schema["default"], TYPES[schema["type"]]), (rule.name, name)
            assert schema["description"], (rule.name, name)


def test_every_rule_judges_in_exactly_one_way() -> None:
    assert all((rule.resource is None) is not (rule.stack is None) for rule in rules())
    assert all(rule.resource for rule in rules() if rule.remedy)


def test_only_rules_with_a_remedy_can_remediate() -> None:
    remediating = {
        one.name for one in policies() if isinstance(one, ResourceValidationPolicy) and one.has_remediation()
    }
    assert remediating == {"analysis-bounds", "no-skip-analysis"}


@pytest.mark.parametrize("name", ["starter", "production"])
def test_a_profile_sets_only_what_there_is_to_set(name: str) -> None:
    schemas = {rule.name: rule.schema for rule in rules()}
    for key, value in profile(name).items():
        assert key in schemas or key == "all"
        level = value["enforcementLevel"] if isinstance(value, dict) else value
        assert isinstance(level, EnforcementLevel)
        for setting, given in value.items() if isinstance(value, dict) else ():
            if setting != "enforcementLevel":
                assert isinstance(given, TYPES[schemas[key][setting]["type"]]), (key, setting)


def test_a_starter_is_blocked_by_nothing_and_production_by_everything() -> None:
    assert profile("starter")["all"] is EnforcementLevel.ADVISORY
    assert profile("production")["all"] is EnforcementLevel.MANDATORY


def test_a_profile_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(BadConfiguration, match="is 'strict'; allowed: production, starter"):
        profile("strict")


def test_the_profiles_are_files_for_the_command_line() -> None:
    levels = {level.value for level in EnforcementLevel}
    for path in FOLDER.glob("*.json"):
        for value in json.loads(path.read_text()).values():
            assert (value if isinstance(value, str) else value["enforcementLevel"]) in levels


def test_the_readme_names_every_policy_and_every_setting_of_its_own() -> None:
    documented = set(re.findall(r"`([a-z_-]+)`", README))
    for rule in rules():
        assert {rule.name, *rule.properties} <= documented


def test_the_pack_is_described_to_pulumi() -> None:
    described = yaml.safe_load((FOLDER.parent / "PulumiPolicy.yaml").read_text())
    assert (described["name"], described["runtime"]["name"]) == (NAME, "python")


@pytest.mark.parametrize("checking", [True, False], ids=["as validation sends it", "as remediation sends it"])
def test_the_sdks_unknown_values_become_ours_wherever_they_are(*, checking: bool) -> None:
    sent: dict[str, Any] = {"a": UNKNOWN_STRING_VALUE, "b": [1, UNKNOWN_STRING_VALUE], "c": {"d": UNKNOWN_STRING_VALUE}}
    given = unknown_checking_proxy(sent) if checking else sent
    assert plain(given) == {"a": UNKNOWN, "b": [1, UNKNOWN], "c": {"d": UNKNOWN}}


def test_what_cannot_be_known_is_said_with_its_resource_and_bounded_in_length() -> None:
    problem = CannotJudge([Unjudged(workload(), f"spec.field{number}") for number in range(8)])
    assert isinstance(problem, UnknownValueError)
    assert problem.message.startswith(
        "cannot be known before `up`, and is judged then: Deployment shop/web: spec.field0;"
    )
    assert problem.message.endswith("and 3 more")
