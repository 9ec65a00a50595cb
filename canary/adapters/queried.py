"""What every metrics system asked by a query has in common: one question, one measurement, and never an exception.

What a query is and how its value is found is each system's own.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from canary.adapters.credentials import SecretReader
from canary.adapters.kubestatus import quote
from canary.adapters.retry import Patience, retry
from canary.adapters.transport import Transport
from canary.core.measure import Measurement
from canary.core.spec import Backend, Target
from canary.ports import CanaryError, Question

PATIENCE = Patience(deadline=timedelta(seconds=2))
Answer = TypeVar("Answer")


class QueriedMetrics(ABC):
    """`canary.ports.Metrics` over one system. `patience`: how long and how often one request is tried."""

    def __init__(
        self,
        transport: Transport,
        target: Target,
        backend: Backend,
        secrets: SecretReader,
        patience: Patience = PATIENCE,
    ) -> None:
        self._transport, self._target, self._backend = transport, target, backend
        self._secrets, self._patience = secrets, patience

    def measure(self, question: Question) -> Measurement:
        """The value of `question`'s metric in its window; what went wrong is in `error`. Never raises."""
        asked = Measurement(metric=question.metric.name, window=question.window)
        try:
            asked = replace(asked, query=self._query_of(question))
            return replace(asked, value=self._value(asked.query, question), samples=self._samples(question))
        except CanaryError as error:
            told = f"; the query was: {quote(asked.query)}" if asked.query else ""
            return replace(asked, error=f"{error}{told}")

    @abstractmethod
    def check(self) -> None:
        """Return if the system answers. Raises Unavailable or Misconfigured with address and remedy."""

    @abstractmethod
    def _query_of(self, question: Question) -> str:
        """The query's text. Raises Misconfigured."""

    @abstractmethod
    def _value(self, query: str, question: Question) -> float | None:
        """The query's one value; None when there is no data. Raises CanaryError."""

    def _samples(self, question: Question) -> float | None:
        """How many requests are behind the value; None when nobody knows."""
        return None

    def _patiently(self, call: Callable[[], Answer]) -> Answer:
        return retry(call, self._patience)


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object that `body` is, empty when it is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
