"""All settings of one release, and what they become: the core's `ReleaseSpec`."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, PlainValidator, PrivateAttr

from canary.core.routing import Capability
from canary.core.spec import Access, Backend, ReleaseSpec, RouterRef, Target
from canary.settings.analysis import STRATEGIES, AnalysisSettings
from canary.settings.base import Settings
from canary.settings.durations import format_duration
from canary.settings.errors import Fault, show
from canary.settings.expected import ExpectedSettings
from canary.settings.metric import BackendSettings
from canary.settings.routers import lacking, needs_of, needs_of_all, parse_router, router_capabilities
from canary.settings.vocabulary import (
    Count,
    Flag,
    Name,
    Port,
    PortName,
    Seconds,
    Span,
    TargetPort,
    Text,
    Url,
    one_of,
    refuse,
)

# Of a Kubernetes name's 63 characters, the primary's objects need some for their suffix.
LONGEST_NAME = 63 - len("-primary")

METRICS_SERVER = "http://prometheus.linkerd-viz:9090"


def _router(given: Any) -> str:
    try:
        parse_router(given if isinstance(given, str) else "")
    except ValueError as error:
        text = str(error) if isinstance(given, str) else str(error).replace('""', show(given))
        raise refuse(text) from error
    return str(given)


AccessName = Annotated[str, one_of(*Access), ", ".join(Access)]
WhenInterrupted = Annotated[str, one_of("restart", "resume"), "restart, resume"]
RouterName = Annotated[str, PlainValidator(_router), "router, or router/version"]


class ServiceSettings(Settings):
    """The three Services of a release: NAME (selects the primary), NAME-primary, NAME-canary."""

    port: Port = Field(description="Their port.")
    name: Name | None = Field(None, description="Name of the apex Service; default: the target's name.")
    target_port: TargetPort | None = Field(None, description="The pods' port, by number or name; default: port.")
    port_name: PortName = Field("http", description="Name of the port.")
    app_protocol: Text | None = Field(None, description="The port's application protocol.")


class ReleaseSettings(Settings):
    """Everything a user may set about one release. Made by `parse`, which also refuses contradictions."""

    name: Name = Field(description="Name of the release, in logs and webhooks.")
    namespace: Name = Field("default", description="Namespace of all its objects.")
    target: Name | None = Field(None, description="Name of the workload, if it is not the release's.")
    service: ServiceSettings = Field(description="The Services.")
    replicas: Count | None = Field(
        None, description="Pods of each track while it serves; default: what the workload declares."
    )
    analysis: AnalysisSettings | None = Field(None, description="How a new revision is proved.")
    skip_analysis: Flag = Field(default=False, description="Promote without any proof.")
    suspend: Flag = Field(default=False, description="Start no release; a new revision waits.")
    on_interrupted: WhenInterrupted = Field(
        "restart",
        description="What `pulumi up` does about an interrupted run of the same revision: restart (drain, begin "
        "again) or resume (go on at its step, if the traffic and both tracks are as it left them).",
    )
    progress_deadline: Span | None = Field(None, description="How long pods may take to become ready; default: 10m.")
    progress_deadline_seconds: Seconds | None = Field(None, description="Flagger's form of progress_deadline.")
    router: RouterName = Field(
        "trafficsplit", description="What splits the traffic: trafficsplit, or trafficsplit/v1alpha1 to v1alpha4."
    )
    metrics_server: Url | None = Field(None, description=f"URL of Prometheus; default: {METRICS_SERVER}.")
    metrics_backend: BackendSettings | None = Field(
        None, description="The metrics server with credentials, TLS, headers."
    )
    access: AccessName = Field(
        "auto", description="How in-cluster addresses are reached: auto; proxy: all through the API server; direct."
    )
    adopt: Flag = Field(
        default=False, description="Take over a Deployment and a Service that exist already; see docs/adoption.md."
    )
    keep_on_removal: Flag = Field(
        default=False, description="Leave the primary and its Service in the cluster when the Canary is removed."
    )
    expected: ExpectedSettings | None = Field(None, description="What plans and their warnings take as given.")

    def expectations(self) -> dict[str, str | float]:
        """`expected` as JSON; only plans read it."""
        said = self.expected.given() if self.expected else {}
        spans = {key: format_duration(value) for key, value in said.items() if isinstance(value, timedelta)}
        return {**said, **spans}

    _confidential: bool = PrivateAttr(default=False)

    @property
    def is_confidential(self) -> bool:
        """Some of it came from a secret, so that none of it may be shown or stored in the clear."""
        return self._confidential

    def as_confidential(self) -> "ReleaseSettings":
        """The same, known to hold a secret."""
        copy = self.model_copy()
        copy._confidential = True  # noqa: SLF001 - its own class
        return copy

    @property
    def target_name(self) -> str:
        """The canary's workload; the primary's is this with -primary."""
        return self.target or self.name

    @property
    def service_name(self) -> str:
        """The apex Service."""
        return self.service.name or self.target_name

    @property
    def router_ref(self) -> RouterRef:
        """Which object routes: it has the apex Service's name."""
        ref = parse_router(self.router)
        return RouterRef(ref.kind, ref.version, self.service_name)

    def service_port(self) -> dict[str, str | int]:
        """The port of each of the three Services, as Kubernetes writes it."""
        service = self.service
        port: dict[str, str | int] = {
            "name": service.port_name,
            "port": service.port,
            "targetPort": service.target_port or service.port,
        }
        return {**port, "protocol": "TCP"} | ({"appProtocol": service.app_protocol} if service.app_protocol else {})

    def contradictions(self) -> Iterable[Fault]:
        """Proof unless it is skipped, a router that can do it, one place for each setting."""
        yield from self._long_names()
        if not self.skip_analysis:
            yield from self._unproved()
        if self.progress_deadline is not None and self.progress_deadline_seconds is not None:
            yield Fault(("progress_deadline_seconds",), "is given beside progress_deadline; allowed: one of them")
        if (
            self.metrics_server is not None
            and self.metrics_backend is not None
            and self.metrics_backend.address is not None
        ):
            yield Fault(("metrics_server",), "is given beside metrics_backend.address; allowed: one of them")
        yield from self._beyond_router()

    def _long_names(self) -> Iterable[Fault]:
        places: tuple[tuple[tuple[str, ...], str], ...] = (
            (("target",) if self.target else ("name",), self.target_name),
            (("service", "name"), self.service.name or ""),
        )
        for place, name in places:
            if len(name) > LONGEST_NAME:
                allowed = f"up to {LONGEST_NAME} characters, so that {name[:3]}...-primary is a Kubernetes name, too"
                yield Fault(place, f"{show(name)} is too long; allowed: {allowed}")

    def _unproved(self) -> Iterable[Fault]:
        if self.analysis is None:
            yield Fault(
                ("analysis",), "is missing; allowed: an analysis, or skip_analysis: true to promote without proof"
            )
            return
        if not self.analysis.strategies:
            yield Fault(("analysis",), f"has no strategy; allowed: one of {', '.join(STRATEGIES)}")
        if not self.analysis.is_judged:
            yield Fault(
                ("analysis", "metrics"),
                "is missing, so that nothing could fail; allowed: at least one metric (request-success-rate, "
                "request-duration, one with a query) or a webhook that judges, or skip_analysis: true",
            )

    def _beyond_router(self) -> Iterable[Fault]:
        if self.analysis is None:
            return
        able = router_capabilities(self.router_ref)
        for place, needed in self._needs(self.analysis):
            for capability in sorted(needed - able):
                yield Fault(("analysis", *place), lacking(self.router_ref, capability))

    def _needs(self, analysis: AnalysisSettings) -> Iterable[tuple[tuple[str | int, ...], frozenset[Capability]]]:
        if analysis.session_affinity is not None:
            yield ("session_affinity",), frozenset({Capability.AFFINITY})
        if analysis.steps is not None:
            for index, step in enumerate(analysis.steps):
                if len(step.kinds) == 1:
                    yield ("steps", index), needs_of(step.to_core())
            return
        for capability in needs_of_all(analysis.to_steps()):
            field = {Capability.MATCH: "match", Capability.MIRROR: "mirror"}.get(capability, analysis.strategies[0])
            yield (field,), frozenset({capability})

    def to_spec(self, kind: str = "Deployment", replicas: int = 1) -> ReleaseSpec:
        """The core's form, for a workload of `kind` that declares `replicas` (the setting has precedence)."""
        analysis = self.analysis or AnalysisSettings.model_validate({})
        return ReleaseSpec(
            target=self._target(kind, replicas),
            steps=() if self.skip_analysis else analysis.to_steps(),
            interval=analysis.interval,
            metrics=tuple(metric.to_core(analysis.initial_delay) for metric in analysis.metrics),
            hooks=tuple(hook.as_hook() for hook in analysis.webhooks),
            limits=analysis.to_limits(self._deadline()),
            retreat=analysis.to_retreat(),
            router=self.router_ref,
            backend=self._backend(),
            affinity=analysis.session_affinity.to_core() if analysis.session_affinity else None,
            promotion_step=analysis.step_weight_promotion or 100,
            skip_analysis=self.skip_analysis,
            suspend=self.suspend,
            on_interrupted=self.on_interrupted,
            alerts=tuple(alert.to_core() for alert in analysis.alerts),
            access=Access(self.access),
        )

    def _target(self, kind: str, replicas: int) -> Target:
        return Target(
            name=self.target_name,
            namespace=self.namespace,
            service=self.service_name,
            port=self.service.port,
            kind=kind,
            replicas=self.replicas or replicas,
            release=self.name,
        )

    def _deadline(self) -> timedelta:
        return self.progress_deadline or self.progress_deadline_seconds or timedelta(minutes=10)

    def _backend(self) -> Backend:
        return (self.metrics_backend or BackendSettings.model_validate({})).to_core(
            self.metrics_server or METRICS_SERVER
        )
