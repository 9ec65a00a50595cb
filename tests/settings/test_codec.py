import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.core import spec as core
from canary.core.routing import Affinity, HeaderMatch, MatchRule
from canary.settings.codec import UnreadableSpec, spec_from_json, spec_to_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
DURATION = st.timedeltas(timedelta(0), timedelta(days=400))
COUNT = st.integers(0, 1000)
NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.dictionaries(TEXT, TEXT, max_size=2)
HOOK = st.builds(
    core.Hook, TEXT, TEXT, st.sampled_from(core.HookType), DURATION, COUNT, TEXTS, st.booleans(), st.booleans()
)
HEADER = st.builds(HeaderMatch, TEXT, st.none() | TEXT, st.none() | TEXT, st.none() | TEXT)
RULES = st.lists(st.builds(MatchRule, st.lists(HEADER, max_size=2).map(tuple)), max_size=2).map(tuple)
BACKEND = st.builds(core.Backend, TEXT, TEXT, TEXT, st.booleans(), TEXT, TEXTS)
STEP: st.SearchStrategy[core.Step] = st.one_of(
    st.builds(core.Weight, COUNT, DURATION, COUNT),
    st.builds(core.Pause, st.none() | DURATION),
    st.builds(core.Gate, HOOK),
    st.builds(core.Mirror, COUNT, COUNT),
    st.builds(core.Match, RULES, COUNT),
    st.builds(core.Hold, COUNT),
    st.builds(core.Switch),
)
METRIC = st.builds(
    core.Metric,
    name=TEXT,
    window=DURATION,
    minimum=NUMBER,
    maximum=NUMBER,
    query=st.none() | TEXT,
    variables=TEXTS,
    initial_delay=DURATION,
    dry_run=st.booleans(),
    backend=st.none() | BACKEND,
)
LIMITS = st.builds(
    core.Limits,
    threshold=COUNT,
    counting=st.sampled_from(core.Counting),
    on_no_data=st.sampled_from(core.Policy),
    no_data_deadline=DURATION,
    gate_deadline=st.none() | DURATION,
)
SPEC = st.builds(
    core.ReleaseSpec,
    target=st.builds(core.Target, TEXT, TEXT, TEXT, COUNT, TEXT, COUNT, TEXT),
    steps=st.lists(STEP, max_size=4).map(tuple),
    interval=DURATION,
    metrics=st.lists(METRIC, max_size=2).map(tuple),
    hooks=st.lists(HOOK, max_size=2).map(tuple),
    limits=LIMITS,
    retreat=st.builds(core.Retreat, COUNT, DURATION, DURATION, DURATION),
    router=st.builds(core.RouterRef, TEXT, TEXT, TEXT),
    backend=BACKEND,
    affinity=st.none() | st.builds(Affinity, TEXT, COUNT),
    promotion_step=COUNT,
    skip_analysis=st.booleans(),
    alerts=st.lists(st.builds(core.Alert, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    access=st.sampled_from(core.Access),
)
SMALL = core.ReleaseSpec(core.Target("podinfo", "prod", "podinfo", 9898), (core.Weight(5), core.Pause(), core.Switch()))


def as_transported(value: Any) -> Any:
    """What a protobuf Struct makes of JSON: every number is a float, and nulls may be left out."""
    if isinstance(value, dict):
        return {key: as_transported(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [as_transported(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@given(SPEC)
def test_a_spec_survives_json_exactly(spec: core.ReleaseSpec) -> None:
    assert spec_from_json(json.loads(json.dumps(spec_to_json(spec)))) == spec


@given(SPEC)
def test_a_spec_survives_transport_as_a_struct(spec: core.ReleaseSpec) -> None:
    assert spec_from_json(as_transported(spec_to_json(spec))) == spec


def test_every_step_says_its_kind() -> None:
    assert [step["kind"] for step in spec_to_json(SMALL)["steps"]] == ["weight", "pause", "switch"]


@pytest.mark.parametrize("document", [None, {}, {"target": {}}, {**spec_to_json(SMALL), "steps": [{"kind": "leap"}]}])
def test_what_another_version_wrote_is_refused_with_the_remedy(document: Any) -> None:
    with pytest.raises(UnreadableSpec, match="written by another version: run `pulumi up` again"):
        spec_from_json(document)
