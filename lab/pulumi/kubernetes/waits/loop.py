"""Looks until an object is ready, the time is up, or somebody cancels.

Looks come quickly at first and then twice a second. Warnings that the cluster records about the object are shown
meanwhile. This module refuses to know what readiness is.
"""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from lab.pulumi.kubernetes.api_errors import ApiError, RefusedError
from lab.pulumi.kubernetes.engine_log import INFO, WARNING, OperationLog
from lab.pulumi.kubernetes.objects import Kind, metadata_of
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.waits.subject import Subject
from lab.pulumi.kubernetes.waits.verdict import Look, Verdict

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 0.5
_PAUSE_GROWTH = 1.3
_SECONDS_BETWEEN_EVENTS = 3.0
_EVENT = Kind("", "v1", "Event")


@dataclass
class UnreadyError(Exception):
    """The object is there but not ready. `live` is its last known state, `problems` why it is not."""

    message: str
    live: Json | None
    problems: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        return self.message


class Wait:
    """One wait for one object."""

    def __init__(self, subject: Subject, log: OperationLog, cancelled: threading.Event) -> None:
        self._subject = subject
        self._log = log
        self._cancelled = cancelled
        self._next_events = time.monotonic() + _SECONDS_BETWEEN_EVENTS

    def until_ready(self, look: Look, seconds: float) -> Json:
        """The ready object. Raises `UnreadyError` after `seconds`, on cancellation, or when it has failed for good."""
        deadline = time.monotonic() + seconds
        pause = _FIRST_PAUSE_SECONDS
        verdict = Verdict(is_ready=False, live=self._subject.written)
        while True:
            verdict = self._look(look, verdict)
            if verdict.is_ready:
                return verdict.live
            if verdict.has_failed:
                message = f"Resource '{self._subject.name}' was created but failed to initialize"
                raise UnreadyError(message, verdict.live, verdict.problems)
            if time.monotonic() + pause > deadline:
                message = f"'{self._subject.name}' timed out waiting to be Ready"
                raise UnreadyError(message, verdict.live, verdict.problems)
            if self._cancelled.wait(pause):
                message = f'Resource operation was cancelled for "{self._subject.name}"'
                raise UnreadyError(message, verdict.live, verdict.problems)
            pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)
            self._show_events()

    def once(self, look: Look) -> Json:
        """The object if it is ready now. Raises `UnreadyError` otherwise."""
        verdict = look()
        if verdict.is_ready:
            return verdict.live
        message = f"Resource '{self._subject.name}' was created but failed to initialize"
        raise UnreadyError(message, verdict.live, verdict.problems)

    def _look(self, look: Look, last: Verdict) -> Verdict:
        try:
            verdict = look()
        except RefusedError as refused:
            if refused.is_not_found:
                return Verdict(is_ready=False, live=last.live, problems=(str(refused),))
            return last
        except ApiError as problem:
            # The API server may be restarting; the deadline stands.
            self._log.status(str(problem), WARNING)
            return last
        for note in verdict.notes:
            self._log.status(note.text, WARNING if note.is_warning else INFO)
        return verdict

    def _show_events(self) -> None:
        uid = metadata_of(self._subject.written).get("uid")
        if not uid or time.monotonic() < self._next_events:
            return
        self._next_events = time.monotonic() + _SECONDS_BETWEEN_EVENTS
        with suppress(ApiError):
            selector = {"fieldSelector": f"involvedObject.uid={uid},type=Warning"}
            for event in self._subject.cluster.list(_EVENT, self._subject.namespace, selector):
                self._log.status(f"{event.get('reason')}: {event.get('message')}", WARNING)
