"""`mute_alert` of a hook: what it answers is said, but alerts nobody."""

from datetime import UTC, datetime

import pytest

from canary.core.analysis import check
from canary.core.decision import Decision, Observation
from canary.core.measure import HookResult
from canary.core.spec import Hook, HookType, Limits, ReleaseSpec, Target, Weight
from canary.core.state import Phase, State
from canary.core.steps import wait_at
from canary.core.tick import Tick

TARGET = Target("podinfo", "prod", "podinfo", 9898)
STATE = State("r2", Phase.PROGRESSING, step=0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("mute", [True, False])
def test_a_closed_gate_is_muted_when_its_hook_asks_so(*, mute: bool) -> None:
    hook = Hook("gate", "http://x/", HookType.CONFIRM_PROMOTION, mute_alert=mute)
    tick = Tick(ReleaseSpec(TARGET, (Weight(5),), hooks=(hook,)), STATE, Observation(), NOW)
    assert [event.muted for event in wait_at(tick, hook.type, hook).events] == [mute]


@pytest.mark.parametrize("mute", [True, False])
def test_a_failed_hook_is_muted_but_never_the_rollback_that_follows(*, mute: bool) -> None:
    hook = Hook("load", "http://x/", mute_alert=mute)
    spec = ReleaseSpec(TARGET, (Weight(5),), hooks=(hook,), limits=Limits(threshold=1))
    refused = HookResult("load", HookType.ROLLOUT, passed=False, status=500)
    decision = check(Tick(spec, STATE, Observation(hooks={"rollout/load": refused}), NOW))
    assert isinstance(decision, Decision)
    muted = {event.reason: event.muted for event in decision.events}
    assert (muted["Halted"], muted["RollingBack"]) == (mute, False)
