"""The three dynamic providers: Drain, Rollout and Promotion.

Stateless and importable, because Pulumi pickles them into state. Each is a translation: inputs to a session, the
loop's outcome to outputs or an exception. Nothing is kept in `self`.
"""

import uuid
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ResourceProvider,
    UpdateResult,
)

from canary.core.routing import Track
from canary.core.state import Phase, State
from canary.loop import ReleaseFailed, drain, run_promotion, run_rollout
from canary.ports import Misconfigured
from canary.provider.beginning import begin
from canary.provider.engine import WARNING, EngineLog
from canary.provider.planning import with_plan
from canary.provider.report import failure_message
from canary.provider.session import Session, open_session, problems, strangers, suspended, suspension

Props = dict[str, Any]

WATCHED = ("revision", "spec", "connection", "run")


class _Provider(ResourceProvider):
    """What the three have in common."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """A difference in what was asked for; a change of our own code is none."""
        return DiffResult(changes=any(olds.get(key) != news.get(key) for key in WATCHED if key in news))

    def create(self, props: Props) -> CreateResult:
        """Adopt what exists: state may have been lost, the cluster not."""
        return CreateResult(f"{props['namespace']}/{props['name']}", self.work({}, props))

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:
        """Carry the release from the old revision to the new one."""
        return UpdateResult(self.work(olds, news))

    def work(self, olds: Props, news: Props) -> Props:
        """The outputs after the work. `olds` is empty on creation."""
        raise NotImplementedError


class DrainProvider(_Provider):
    """Before a template changes: no user is on the canary. Also the place of the checks that precede any change."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Refuse early, with one failure for each fault, when a new revision could not be released."""
        failures = []
        if olds.get("revision") != news.get("revision") or olds.get("connection") != news.get("connection"):
            failures = self._refusals(olds, news)
        return CheckResult({key: value for key, value in news.items() if key != "preview"}, failures)

    def _refusals(self, olds: Props, news: Props) -> list[CheckFailure]:
        """In a preview what is missing may be made by the same update, so it is only said."""
        suspended = suspension(olds, news)
        found = suspended or [*problems(news), *([] if olds else strangers(news))]
        if not news.get("preview"):
            # without a property, because the engine prints the value beside one: the spec has no value of that name
            return [CheckFailure("", str(problem)) for problem in found]
        log, unless = EngineLog(news.get("urn", "")), "" if suspended else " unless this very update provides it"
        for problem in found:
            log.say(f"{problem} (`pulumi up` will refuse{unless})", WARNING)
        return []

    def work(self, olds: Props, news: Props) -> Props:
        """Drain, if a revision is to follow."""
        session = open_session(news)
        if olds.get("revision") == news["revision"] or session.is_absent():
            return news
        with session.held():
            found = drain(session.spec, session.world)
        if not found.is_home:
            session.say(f"Drained {session.name}: {found.weight}% of its traffic was still on the canary")
        return news

    def delete(self, _id: str, props: Props) -> None:
        """The last to go at a destroy; leaves nothing of ours in the cluster."""
        open_session(props).journal.forget()


class RolloutProvider(_Provider):
    """The step/analyse loop. Outputs `run`, a new value for each run, so that the promotion follows it."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Nothing is refused here; the plan is made, and shown in a preview."""
        return CheckResult(with_plan(olds, news), [])

    def work(self, olds: Props, news: Props) -> Props:
        """Analyse a new revision; the first deployment, and a change of settings alone, need none."""
        session = open_session(news)
        if olds.get("revision") == news["revision"]:
            return {**news, "run": olds["run"]}
        if session.needs_analysis() and not news.get("adopting"):
            with session.together():
                self._release(session)
        return {**news, "run": uuid.uuid4().hex}

    def delete(self, _id: str, props: Props) -> None:
        """Before the canary and the split go: all users to the primary, if there is one that stays."""
        session = open_session(props)
        if session.group:  # its board is in nobody's way, but it is ours
            session.group.forget()
        if session.has_users_to_bring_home():
            with session.held():
                drain(session.spec, session.world)

    def _release(self, session: Session) -> None:
        if session.spec.suspend:  # a revision that failed before: the drain has seen it, and let it pass
            raise Misconfigured(suspended(session.spec, session.revision))
        with session.held(handing_on=True):
            self._analyse(session, begin(session.spec, session.revision, session.world, session.say))

    def _analyse(self, session: Session, state: State) -> None:
        try:
            run_rollout(session.spec, state, session.world)
        except ReleaseFailed as failed:
            raise ReleaseFailed(failed.state, failure_message(session.spec, failed.state, str(failed))) from failed


class PromotionProvider(_Provider):
    """Traffic home to the new primary, canary to zero."""

    def work(self, olds: Props, news: Props) -> Props:
        """Finish what the rollout began."""
        if olds and olds.get("run") == news.get("run"):
            return news
        session = open_session(news)
        phase = Phase.PROMOTING if olds else Phase.INITIALIZING
        if session.world.workload.observe(Track.PRIMARY).exists:
            with session.held():
                if news.get("adopting"):  # the Service went over to the primary just now
                    session.world.clock.wait(session.spec.retreat.drain)
                run_promotion(session.spec, session.fresh_state(phase), session.world)
        return news
