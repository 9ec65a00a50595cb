"""A system that does not answer holds the release, from its first silence on, and is no verdict on the canary."""

from dataclasses import replace
from datetime import timedelta

import pytest

from canary.adapters.memory import EPOCH
from canary.core.decide import decide
from canary.core.decision import Ask, Decision, Observation
from canary.core.measure import HookResult, Measurement
from canary.core.routing import Routing, TrackHealth
from canary.core.spec import Hook, HookType, Policy, ReleaseSpec, Weight
from canary.core.state import Phase, State
from tests.core.builders import SUCCESS_RATE, linear

HOOK = Hook("smoke", "http://smoke.prod/", HookType.ROLLOUT)
HOUR = timedelta(hours=1)
AT_20 = State(
    "r2", Phase.PROGRESSING, EPOCH, step=0, step_at=EPOCH, routing=Routing(20), routed_at=EPOCH, next_check=EPOCH
)
HEALTHY = TrackHealth(desired=1, ready=1, updated=1)


def spec(**limits: object) -> ReleaseSpec:
    made = linear(20, 50, **limits)
    return replace(made, metrics=(SUCCESS_RATE,), hooks=(HOOK,), steps=(Weight(20, duration=2 * HOUR), Weight(50)))


def checked(
    spec: ReleaseSpec, status: int = 200, *, error: str = "", state: State = AT_20, after: timedelta = HOUR
) -> Decision:
    """The check that is made `after` the weight took effect: the hook answers `status`, the metric 100 or `error`."""
    result = HookResult(HOOK.name, HOOK.type, passed=status == 200, status=status, error="" if status else "timed out")
    value = Measurement(SUCCESS_RATE.name, value=None if error else 100.0, error=error)
    seen = Observation(HEALTHY, HEALTHY, Routing(20), measurements=(value,), hooks={f"{HOOK.type}/{HOOK.name}": result})
    decision = decide(spec, state, seen, EPOCH + after)
    assert not isinstance(decision, Ask)
    return decision


@pytest.mark.parametrize("status", [0, 502, 503, 504])
def test_a_webhook_that_nobody_answers_for_is_held_and_no_failed_check(status: int) -> None:
    state = checked(spec(), status).state
    assert (state.phase, state.failed, state.clean, state.weight) == (Phase.PROGRESSING, 0, False, 20)


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_webhook_that_says_no_is_a_failed_check(status: int) -> None:
    assert checked(spec(), status).state.failed == 1


def test_a_silent_webhook_ends_the_release_at_the_limit_for_errors_and_is_named() -> None:
    deadline = timedelta(minutes=5)
    held = checked(spec(error_deadline=deadline), 0).state
    ended = checked(spec(error_deadline=deadline), 0, state=held, after=HOUR + deadline)
    assert ended.state.phase is Phase.FAILED
    assert "no verdict for 0:05:00: timed out" in ended.state.reason
    assert "external check smoke" in " ".join(event.message for event in ended.events)


def test_by_policy_a_silent_webhook_is_a_failed_check_or_none_at_all() -> None:
    assert checked(spec(on_error=Policy.FAIL), 0).state.failed == 1
    passed = checked(spec(on_error=Policy.PASS), 0).state
    assert (passed.failed, passed.passed) == (0, 1)


def test_an_outage_late_in_a_long_step_has_its_whole_deadline() -> None:
    held = checked(spec(), error="connection refused").state
    assert (held.phase, held.error_since) == (Phase.PROGRESSING, EPOCH + HOUR)
