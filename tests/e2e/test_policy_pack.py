"""The policy pack under the real engine: what it refuses, what it lets through, and what it cannot know yet."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.cluster import Lab
from lab.demo.project import ROOT, Update
from policies.pack import rules
from tests.e2e.world import Checkout, checkout

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PROGRAM = Path(__file__).with_name("policy_program.py")
VIOLATIONS = [  # policy, resource and the words about it
    ("workload-under-canary", "Deployment NS/bare", "are selected by Service bare"),
    ("guard-present", "Canary NS/loose", "has no guard"),
    ("success-rate-metric", "Canary NS/loose", "analysis.metrics[0].min is 50; allowed: 99 percent or more"),
    ("success-rate-metric", "Canary NS/theirs", "spec.analysis.metrics has no metric named *success-rate*"),
    ("success-rate-metric", "Rollout NS/blind", "spec.strategy.canary.analysis.templates has no metric"),
    ("analysis-bounds", "Canary NS/loose", "analysis.threshold is 50; allowed: 1 to 5; lower it"),
    ("analysis-bounds", "Canary NS/loose", "analysis.interval is 700s; allowed: 10s to 300s; lower it"),
    ("analysis-bounds", "Canary NS/loose", "analysis.step_weight takes a step of 60%; allowed: 0% to 25%"),
    ("analysis-bounds", "Canary NS/theirs", "spec.analysis.threshold is 50; allowed: 1 to 5"),
    ("analysis-bounds", "Rollout NS/blind", "spec.strategy.canary.steps[0].setWeight takes a step of 90%"),
    ("no-skip-analysis", "Canary NS/hasty", "skip_analysis is true; allowed: false"),
    ("allowed-hosts", "Canary NS/loose", "analysis.webhooks[0].url calls hooks.example.com"),
    ("allowed-hosts", "Canary NS/theirs", "spec.analysis.webhooks[0].url calls hooks.example.com"),
    ("tls-outside-cluster", "Canary NS/loose", "calls hooks.example.com with http"),
    ("image-pinned", "Deployment NS/bare", "containers[0].image is shop/web, which means shop/web:latest"),
    ("image-pinned", "Rollout NS/blind", "containers[0].image is shop/web:latest"),
    ("probes", "Deployment NS/bare", "containers[0].readinessProbe is missing"),
    ("resource-limits", "Deployment NS/bare", "containers[0].resources.limits.memory is missing"),
    ("replicas", "Deployment NS/bare", "spec.replicas is 1; allowed: 2 or more"),
    ("disruption-budget", "Deployment NS/loose-primary", "are in the selector of no PodDisruptionBudget"),
    ("weights-not-hand-set", "TrafficSplit NS/raw", "are raw-primary 50, raw-canary 50"),
]


@pytest.fixture(scope="module")
def shop(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout with the program, and the pack under another name, as a team would have copied it."""
    found = checkout(lab, tmp_path_factory.mktemp("shop"), {})
    shutil.copy(PROGRAM, found.project.folder / "__main__.py")
    shutil.copytree(ROOT / "policies", found.project.folder / "rules", ignore=shutil.ignore_patterns("__pycache__"))
    yield found
    found.end(lab)


def checked(shop: Checkout, command: str, case: str, *args: str) -> Update:
    """`pulumi COMMAND` of a case with the pack, to its end; `up` begins with a preview."""
    shop.project.configure({"policies:case": case, "canary:policyProfile": "production"})
    flags = ["--yes"] if command == "up" else []
    update = shop.project.start(command, *flags, "--policy-pack", "rules", *args)
    update.wait(280)
    return update


def violations(text: str, level: str = "mandatory") -> list[tuple[str, str]]:
    """The policy and the message of each violation of a level."""
    lines = [line.strip() for line in text.splitlines()]
    heads = [index for index, line in enumerate(lines) if line.startswith(f"- [{level}]")]
    return [(lines[index].split()[2], " ".join(lines[index + 1 : index + 3])) for index in heads]


def test_each_policy_refuses_what_breaks_it_and_says_what_where_and_how_to_mend_it(shop: Checkout) -> None:
    update = checked(shop, "preview", "broken")
    assert update.wait() != 0, update.text
    found = violations(update.text)
    for policy, resource, words in VIOLATIONS:
        named = resource.replace("NS", shop.namespace)
        assert any(name == policy and named in said and words in said for name, said in found), (policy, update.text)
    assert {name for name, _ in found} == {rule.name for rule in rules()}
    assert "t0ken" not in " ".join(said for _, said in found)


def test_what_breaks_no_policy_passes_the_strictest_profile(shop: Checkout) -> None:
    update = checked(shop, "preview", "sound")
    assert update.wait() == 0, update.text
    assert violations(update.text) == violations(update.text, "advisory") == []
    assert "Policies:" in update.text, "the pack has to have run"
    assert "can't run policy" not in update.text


def test_remedies_advice_and_exemptions_are_the_configurations(shop: Checkout) -> None:
    exemption = {"resource": f"{shop.namespace}/theirs", "until": "2999-12-31", "reason": "test"}
    path = shop.project.folder / "team.json"
    levels = {
        "all": "disabled",
        "analysis-bounds": "remediate",
        "no-skip-analysis": {"enforcementLevel": "mandatory", "exemptions": [exemption]},
        "image-pinned": "advisory",
    }
    path.write_text(json.dumps(levels))
    update = checked(shop, "preview", "loose", "--policy-pack-config", str(path), "--diff")
    assert update.wait() == 0, update.text
    lowered = re.findall(r"threshold *: 50 => 5", update.text)
    assert len(lowered) == 2, f"ours and theirs: {update.text}"
    assert "[remediate]  analysis-bounds" in update.text
    assert "[advisory]  image-pinned" in update.text
    assert "[mandatory]" not in update.text


def test_what_a_preview_cannot_know_is_said_there_and_judged_before_it_is_written(shop: Checkout) -> None:
    path = shop.project.folder / "late.json"
    path.write_text(json.dumps({"all": "disabled", "image-pinned": "mandatory"}))
    both = checked(shop, "up", "late", "--policy-pack-config", str(path))
    assert both.wait() != 0, both.text
    preview, _, update = both.text.partition("\nUpdating (")
    assert violations(preview) == []
    assert "containers[0].image" in preview
    assert "cannot be known before `up`, and is judged then" in preview
    assert update, both.text
    [(policy, said)] = violations(update)
    assert policy == "image-pinned"
    assert f"Deployment {shop.namespace}/late: spec.template.spec.containers[0].image is shop/web:latest" in said
    assert not [name for name in shop.objects() if name.startswith("Deployment/")]
