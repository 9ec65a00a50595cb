"""Which adapter measures what: a table from a backend's type to its maker, and a dispatcher over it.

Knows no query. Each adapter is imported when a release first uses it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from canary.adapters.cluster import Cluster
from canary.adapters.credentials import SecretReader
from canary.adapters.transport import Transport
from canary.core.measure import Measurement
from canary.core.spec import Backend, Metric, ReleaseSpec, Target
from canary.ports import CanaryError, Metrics, Misconfigured, Question


class CheckedMetrics(Metrics, Protocol):
    """A metrics system that can tell whether it answers at all."""

    def check(self) -> None:
        """Return if it answers. Raises Unavailable or Misconfigured with its address and a remedy."""


Factory = Callable[[Transport, Target, Backend, SecretReader], CheckedMetrics]


def _prometheus(transport: Transport, target: Target, backend: Backend, secrets: SecretReader) -> CheckedMetrics:
    from canary.adapters.prometheus import PrometheusMetrics  # noqa: PLC0415 - on demand, as every adapter

    return PrometheusMetrics(transport, target, backend, secrets)


def _datadog(transport: Transport, target: Target, backend: Backend, secrets: SecretReader) -> CheckedMetrics:
    from canary.adapters.datadog import DatadogMetrics  # noqa: PLC0415 - on demand, as every adapter

    return DatadogMetrics(transport, target, backend, secrets)


def _cloudwatch(transport: Transport, target: Target, backend: Backend, secrets: SecretReader) -> CheckedMetrics:
    from canary.adapters.cloudwatch import CloudWatchMetrics  # noqa: PLC0415 - on demand, as every adapter

    return CloudWatchMetrics(transport, target, backend, secrets)


FACTORIES: Mapping[str, Factory] = {"prometheus": _prometheus, "datadog": _datadog, "cloudwatch": _cloudwatch}


class DispatchedMetrics:
    """`canary.ports.Metrics` that asks each metric's own backend, or the release's."""

    def __init__(self, cluster: Cluster, spec: ReleaseSpec, factories: Mapping[str, Factory] = FACTORIES) -> None:
        self._cluster, self._spec, self._factories = cluster, spec, factories
        self._made: dict[str, CheckedMetrics] = {}

    def measure(self, question: Question) -> Measurement:
        """One value; a backend that cannot be used is an error of the measurement."""
        try:
            return self._for(self._backend(question.metric)).measure(question)
        except CanaryError as error:
            empty = Measurement(metric=question.metric.name, window=question.window)
            return replace(empty, error=str(error))

    def problems(self) -> Iterator[tuple[str, str]]:
        """Each metric whose backend does not answer, with the reason; a backend is asked once."""
        asked: set[str] = set()
        for metric in self._spec.metrics:
            backend = self._backend(metric)
            if repr(backend) in asked:
                continue
            asked.add(repr(backend))
            try:
                self._for(backend).check()
            except CanaryError as error:
                yield metric.name, str(error)

    def _backend(self, metric: Metric) -> Backend:
        return metric.backend or self._spec.backend

    def _for(self, backend: Backend) -> CheckedMetrics:
        key = repr(backend)
        if key not in self._made:
            self._made[key] = self._make(backend)
        return self._made[key]

    def _make(self, backend: Backend) -> CheckedMetrics:
        if backend.type not in self._factories:
            raise Misconfigured(f"metrics backend {backend.type!r} is unknown; use one of {', '.join(self._factories)}")
        target = self._spec.target
        transport = Transport(self._cluster, target.namespace, self._spec.access)
        secrets = SecretReader(self._cluster, target.namespace, backend.secret)
        return self._factories[backend.type](transport, target, backend, secrets)


def metrics_for(cluster: Cluster, spec: ReleaseSpec) -> DispatchedMetrics:
    """The metrics of one release."""
    return DispatchedMetrics(cluster, spec)
