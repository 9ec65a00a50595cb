"""The component: what a user writes instead of a Deployment and a Service, and the graph that makes a release of it.

    Drain -> canary Deployment -> Rollout -> primary Deployment -> Promotion

Only declarations; what happens at each of the dynamic resources is `canary.provider`'s.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from canary.config import refusals
from canary.core.routing import Track
from canary.core.spec import ReleaseSpec
from canary.provider.resources import Drain, Promotion, Rollout
from canary.revision import plain, revision_of
from canary.settings import ReleaseSettings, parse
from canary.settings.codec import spec_to_json
from canary.workload import (
    MANAGED,
    REVISION,
    SKIP_AWAIT,
    deployment_spec,
    selector_label,
    service_spec,
    split_spec,
    template_of,
    track_labels,
    track_name,
)

Labels = dict[str, str]


class Canary(pulumi.ComponentResource):
    """One workload under progressive delivery.

    deployment: the spec of a Deployment, as a mapping in Kubernetes' spelling or as `DeploymentSpecArgs`; may hold
    Outputs. settings: from `canary.settings.parse` or `canary.from_flagger`; else the same fields as keyword arguments
    (namespace, service, analysis, ...; see docs/settings.md). kubeconfig (path or contents) and context: the cluster
    that the rollout talks to, by default the environment's; it must be the one of the Kubernetes provider in `opts`.
    Raises SettingsError with all faults at once.
    """

    revision: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 - what a user may say, by keyword
        self,
        name: str,
        *,
        deployment: Any,
        settings: ReleaseSettings | None = None,
        kubeconfig: pulumi.Input[str] = "",
        context: str = "",
        opts: pulumi.ResourceOptions | None = None,
        **fields: Any,
    ) -> None:
        declared = plain(deployment)
        with refusals():  # here, before anything is declared
            self.settings = settings or parse({"name": name, **fields})
            self.spec: ReleaseSpec = self.settings.to_spec(replicas=_replicas(declared))
            self._name = self.spec.target.name
            selector_label(self._name, declared)
        super().__init__("canary:index:Canary", name, None, opts)
        self._connection = {"kubeconfig": kubeconfig, "context": context}
        self.revision = pulumi.Output.from_input(template_of(declared)).apply(revision_of)
        self._processes = pulumi.ProviderResource("pulumi-python", f"{name}-release", {}, self._child())
        self._declare(declared)
        self.register_outputs({"revision": self.revision, "namespace": self.spec.target.namespace})

    def _declare(self, declared: Mapping[str, Any]) -> None:
        """The graph, in its order."""
        drain = Drain(self._name, self._release_props(preview=pulumi.runtime.is_dry_run()), self._dynamic([]))
        canary = self._deployment(Track.CANARY, declared, [drain])
        services = [
            self._service("", track_labels(self._name, declared, Track.PRIMARY), drain),
            self._service("-canary", track_labels(self._name, declared, Track.CANARY), drain),
            self._service("-primary", track_labels(self._name, declared, Track.PRIMARY), drain),
        ]
        split = self._split([drain, *services])
        before = [drain, canary, *services, split]
        rollout = Rollout(self._name, self._release_props(), self._dynamic(before))
        primary = self._deployment(Track.PRIMARY, declared, [rollout])
        promoted = self._release_props(run=rollout.run)
        self.promotion = Promotion(self._name, promoted, self._dynamic([primary]))

    def _release_props(self, **more: Any) -> dict[str, Any]:
        target = self.spec.target
        return {
            "name": target.name,
            "namespace": target.namespace,
            "revision": self.revision,
            "spec": spec_to_json(self.spec),
            "connection": self._connection,
            **more,
        }

    def _deployment(self, track: Track, declared: Mapping[str, Any], after: list[pulumi.Resource]) -> pulumi.Resource:
        spec = deployment_spec(self._name, declared, track)
        ignore = ["spec.replicas"] if track is Track.CANARY else []
        made: pulumi.Resource = k8s.apps.v1.Deployment(
            track_name(self._name, track),
            metadata=self._metadata(track_name(self._name, track), {REVISION: self.revision}),
            spec=spec,
            opts=self._child(depends_on=after, ignore_changes=ignore),
        )
        return made

    def _service(self, suffix: str, selector: Labels, after: pulumi.Resource) -> pulumi.Resource:
        name = f"{self.spec.target.service}{suffix}"
        made: pulumi.Resource = k8s.core.v1.Service(
            name,
            metadata=self._metadata(name, SKIP_AWAIT),
            spec=service_spec(self._port(), selector),
            opts=self._child(depends_on=[after]),
        )
        return made

    def _port(self) -> dict[str, Any]:
        service = self.settings.service
        port = {"name": service.port_name, "port": service.port, "targetPort": service.target_port or service.port}
        return {**port, "appProtocol": service.app_protocol} if service.app_protocol else port

    def _split(self, after: list[pulumi.Resource]) -> pulumi.Resource:
        target, router = self.spec.target, self.spec.router
        made: pulumi.Resource = k8s.apiextensions.CustomResource(
            target.service,
            api_version=f"split.smi-spec.io/{router.version}",
            kind="TrafficSplit",
            metadata=self._metadata(router.name or target.service, {}),
            spec=split_spec(target, router.version),
            opts=self._child(depends_on=after, ignore_changes=["spec.backends"]),
        )
        return made

    def _metadata(self, name: str, annotations: Mapping[str, Any]) -> Any:
        labels = {MANAGED: self._name}
        return {
            "name": name,
            "namespace": self.spec.target.namespace,
            "labels": labels,
            "annotations": dict(annotations),
        }

    def _dynamic(self, after: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=after, provider=self._processes)

    def _child(self, **options: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, **options)


def _replicas(declared: Mapping[str, Any]) -> int:
    """What the canary is scaled to: the declared number, 1 when none is declared."""
    found = declared.get("replicas", 1)
    return found if isinstance(found, int) else 1
