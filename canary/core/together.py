"""The rules of a release that is one of a group: when it waits for the others, and when it goes home because of them.

A release without a group never meets any of this: `Observation.company` is None.
"""

from datetime import timedelta
from typing import Any

from canary.core.decision import Ask, Decision, Event
from canary.core.group import Fate
from canary.core.retreat import fail
from canary.core.state import Phase
from canary.core.tick import Answer, Tick

HOMECOMING = timedelta(minutes=1)  # how long an earlier member of an ordered group waits for later ones to be home


def before_begin(tick: Tick) -> Answer:
    """In an ordered group the analysis begins when the earlier members have passed theirs."""
    company = tick.seen.company
    if company is None or not company.before or tick.state.phase is not Phase.WAITING:
        return None
    return _wait(tick, company.before)


def stands_by(tick: Tick) -> bool:
    """May not be promoted yet, because the group has not decided."""
    return tick.seen.company is not None and tick.seen.company.fate is not Fate.PROMOTE


def stand_by(tick: Tick, *events: Event) -> Decision:
    """Its own analysis is passed: it stays at its last weight, still checked, until that of all others is, too."""
    awaited = tick.seen.company.awaited if tick.seen.company else ()
    told = () if tick.state.proved else events
    return _wait(tick, awaited, *told, proved=True, phase=Phase.WAITING_PROMOTION, gate_since=None)


def _wait(tick: Tick, whom: tuple[str, ...], *events: Event, **changes: Any) -> Decision:
    """Stay, with one line whenever it is somebody else that is waited for."""
    company = tick.seen.company
    since = tick.state.awaiting_since or tick.now
    group, names = company.group if company else "", " and ".join(whom)
    if company and tick.now - since >= company.deadline:
        return fail(tick, f"waited {company.deadline} for {names or 'the others'} of group {group}")
    line = (Event("GroupAwaited", f"Waiting for {names} of group {group}"),) if whom != tick.state.awaiting else ()
    return tick.stay(*events, *(line if whom else ()), awaiting=whom, awaiting_since=since, **changes)


def sent_home(tick: Tick) -> Answer:
    """Another member failed: home, by the same way as for a fault of its own; in an ordered group after the later."""
    company = tick.seen.company
    if company is None or company.fate is not Fate.FAIL or not company.blame:
        return None
    since = tick.state.recalled_at or tick.now
    if not company.after or tick.now - since >= HOMECOMING:
        return fail(tick, company.blame)
    names = " and ".join(company.after)
    line = Event("GroupRecalled", f"{company.blame}; waiting until {names} is home")
    return tick.stay(*(() if tick.state.recalled_at else (line,)), recalled_at=since)


def withdrawn(tick: Tick, answer: Ask | Decision) -> Ask | Decision:
    """One that has said that it passed takes it back before it fails: the group may have decided meanwhile.

    While the cluster does not answer that cannot be known, so nothing is done, until the deadline for errors.
    """
    if not tick.state.proved or isinstance(answer, Ask):
        return answer
    if answer.state.phase not in (Phase.ROLLING_BACK, Phase.FAILED):
        return answer
    if tick.seen.company is None:
        since = tick.state.fault_since or tick.now
        patient = tick.now - since < tick.spec.limits.error_deadline
        return tick.stay(fault_since=since) if patient else answer
    return answer if tick.seen.company.fate is Fate.FAIL else Ask(withdraw=answer.state.reason)
