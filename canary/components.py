"""The component: what a user writes instead of a Deployment and a Service, and the graph that makes a release of it.

    Drain -> canary track -> Rollout -> primary track -> Promotion

Only declarations; what happens at each of the dynamic resources is `canary.provider`'s.
"""

from collections.abc import Mapping
from typing import Any, Unpack

import pulumi
import pulumi_kubernetes as k8s

from canary.adapters.cluster import Cluster, Connection
from canary.adapters.existing import Existing, find_existing
from canary.adoption import FORCED, refuse_unsafe
from canary.config import refusals
from canary.core.routing import Track
from canary.core.spec import ReleaseSpec
from canary.manifests import CLUSTER_WIDE, declare_manifest
from canary.ports import Misconfigured
from canary.provider.resources import Drain, Promotion, Rollout
from canary.revision import revision_of
from canary.settings import ReleaseSettings, parse
from canary.settings.arguments import ReleaseArguments
from canary.settings.codec import spec_to_json
from canary.shown import shown_workload
from canary.tracks import Plan, WorkloadFunction, plan_of_deployment, plan_of_function
from canary.workload import (
    MANAGED,
    REVISION,
    SKIP_AWAIT,
    Manifest,
    service_spec,
    split_spec,
    stamped,
)

Labels = dict[str, str]


def accepted(
    name: str,
    deployment: Any,
    workload: WorkloadFunction | None,
    settings: ReleaseSettings | None,
    fields: Mapping[str, Any],
) -> tuple[ReleaseSettings, Plan]:
    """The settings and the tracks that a Canary's arguments describe. Raises Misconfigured with all faults."""
    found = settings or parse({"name": name, **fields})
    if (deployment is None) is (workload is None):
        raise Misconfigured("give Canary either deployment= (a Deployment's spec) or workload= (a function)")
    if workload is None:
        return found, plan_of_deployment(found.target_name, deployment)
    return found, plan_of_function(found.target_name, found.namespace, workload)


class Canary(pulumi.ComponentResource):
    """One workload under progressive delivery.

    deployment: the spec of a Deployment, as a mapping in Kubernetes' spelling or as `DeploymentSpecArgs`; may hold
    Outputs. Or workload: a function that is given a `Track` and returns that track's manifests, one Deployment or
    DaemonSet among them, all named by `track_name(name, track)`; all of them are versioned together.

    settings: from `canary.settings.parse` or `canary.from_flagger`; else the same fields as keyword arguments
    (namespace, service, analysis, ...; see docs/settings.md). kubeconfig (path or contents) and context: the cluster
    that the rollout talks to, by default the environment's; it must be the one of the Kubernetes provider in `opts`.
    Raises SettingsError with all faults at once.
    """

    revision: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 - what a user may say, by keyword
        self,
        name: str,
        *,
        deployment: Any = None,
        workload: WorkloadFunction | None = None,
        settings: ReleaseSettings | None = None,
        kubeconfig: pulumi.Input[str] = "",
        context: str = "",
        opts: pulumi.ResourceOptions | None = None,
        **fields: Unpack[ReleaseArguments],
    ) -> None:
        with refusals():  # here, before anything is declared
            self.settings, plan = accepted(name, deployment, workload, settings, fields)
            self.spec: ReleaseSpec = self.settings.to_spec(kind=plan.kind, replicas=plan.replicas)
            self._name = self.spec.target.name
            self._adoption = self._adopted(plan, kubeconfig, context)
        super().__init__("canary:index:Canary", name, None, opts)
        self._connection = {"kubeconfig": kubeconfig, "context": context}
        # a short hash tells no secret that is worth one, and everything that is compared has to show it
        self.revision = pulumi.Output.unsecret(pulumi.Output.from_input(plan.content).apply(revision_of))
        self._processes = pulumi.ProviderResource("pulumi-python", f"{name}-release", {}, self._child())
        self._declare(plan)
        self.register_outputs({"revision": self.revision, "namespace": self.spec.target.namespace})

    def _declare(self, plan: Plan) -> None:
        """The graph, in its order."""
        if self._adoption:
            self._adopt(plan)
        else:
            self._release(plan, self._prepare(plan))

    def _adopted(self, plan: Plan, kubeconfig: pulumi.Input[str], context: str) -> Existing:
        """What this very update has to take over, if it is told to take over anything."""
        if not self.settings.adopt:
            return Existing()
        if not isinstance(kubeconfig, str):
            raise Misconfigured("adopt: the program looks into the cluster, so give kubeconfig as text or path")
        found = find_existing(Cluster(Connection(kubeconfig, context)), self.spec.target)
        if found:
            refuse_unsafe(found, plan.canary, plan.primary, self.spec.target.port)
        return found

    def _adopt(self, plan: Plan) -> None:
        """What serves now is touched last: first the primary serves, then the Service goes over to it."""
        drain = self._drain()
        first = [] if self._adoption.deployment else self._track(Track.CANARY, plan, [drain])
        services = [
            self._service("-canary", plan.canary.selector, drain),
            self._service("-primary", plan.primary.selector, drain),
        ]
        adopting = {"adopting": self._adoption.facts()}
        before = [drain, *first, *services]
        rollout = Rollout(self._name, self._release_props(**self._shown(plan), **adopting), self._dynamic(before))
        primary = self._track(Track.PRIMARY, plan, [rollout])
        switched = [self._service("", plan.primary.selector, primary[-1]), self._split([*services, *primary])]
        self.promotion = Promotion(
            self._name, self._release_props(run=rollout.run, **adopting), self._dynamic([*primary, *switched])
        )
        if self._adoption.deployment:
            self._track(Track.CANARY, plan, [self.promotion])

    def _drain(self) -> Drain:
        said = {"preview": pulumi.runtime.is_dry_run(), "adopt": self.settings.adopt}
        return Drain(self._name, self._release_props(**said), self._dynamic([]))

    def _prepare(self, plan: Plan) -> list[pulumi.Resource]:
        """All that has to be there before the analysis can begin."""
        if self._adoption:
            raise Misconfigured(f"adopt: take {self._name} over with a Canary of its own first, then add it to a group")
        drain = self._drain()
        canary = self._track(Track.CANARY, plan, [drain])
        services = [
            self._service("", plan.primary.selector, drain),
            self._service("-canary", plan.canary.selector, drain),
            self._service("-primary", plan.primary.selector, drain),
        ]
        split = self._split([drain, *services])
        return [drain, *canary, *services, split]

    def _release(self, plan: Plan, before: list[pulumi.Resource], **more: Any) -> None:
        """The analysis, and what follows from it."""
        rollout = Rollout(self._name, self._release_props(**self._shown(plan), **more), self._dynamic(before))
        primary = self._track(Track.PRIMARY, plan, [rollout])
        promoted = self._release_props(run=rollout.run)
        self.promotion = Promotion(self._name, promoted, self._dynamic(primary))

    def _release_props(self, **more: Any) -> dict[str, Any]:
        target = self.spec.target
        return {
            "name": target.name,
            "namespace": target.namespace,
            "revision": self.revision,
            "spec": self._told(spec_to_json(self.spec)),
            "connection": self._connection,
            **more,
        }

    def _told(self, spec: dict[str, Any]) -> Any:
        """Encrypted in the state when a part of it was a secret of the stack's configuration."""
        return pulumi.Output.secret(spec) if self.settings.is_confidential else spec

    def _shown(self, plan: Plan) -> dict[str, Any]:
        """What only a plan needs, and no secret in it."""
        told = {"workload": shown_workload(plan), "expected": self.settings.expectations()}
        return {**told, "preview": pulumi.runtime.is_dry_run()}

    def _track(self, track: Track, plan: Plan, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        """All that a track consists of; its pods come after the configuration that they read."""
        kept = track is Track.PRIMARY and self.settings.keep_on_removal
        others = [self._companion(manifest, after, kept=kept) for manifest in plan.of(track).companions]
        return [*others, self._workload(track, plan, [*after, *others], kept=kept)]

    def _companion(self, manifest: Manifest, after: list[pulumi.Resource], *, kept: bool) -> pulumi.Resource:
        placed = {} if manifest["kind"] in CLUSTER_WIDE else {"namespace": self.spec.target.namespace}
        meta = manifest["metadata"]
        labels = {**meta.get("labels", {}), MANAGED: self._name}
        made = {**meta, **placed, "labels": labels}
        if self.settings.adopt:
            made["annotations"] = {**meta.get("annotations", {}), **FORCED}
        return declare_manifest({**manifest, "metadata": made}, self._child(depends_on=after, retain_on_delete=kept))

    def _workload(self, track: Track, plan: Plan, after: list[pulumi.Resource], *, kept: bool) -> pulumi.Resource:
        manifest = plan.of(track).workload
        meta = self._metadata(manifest["metadata"]["name"], {REVISION: self.revision}, manifest["metadata"])
        spec = stamped(manifest["spec"], self.revision) if plan.stamped else manifest["spec"]
        ignore = ["spec.replicas"] if track is Track.CANARY and plan.kind == "Deployment" else []
        opts = self._child(depends_on=after, ignore_changes=ignore, retain_on_delete=kept)
        return declare_manifest({**manifest, "metadata": meta, "spec": spec}, opts)

    def _service(self, suffix: str, selector: Labels, after: pulumi.Resource) -> pulumi.Resource:
        name = f"{self.spec.target.service}{suffix}"
        made: pulumi.Resource = k8s.core.v1.Service(
            name,
            metadata=self._metadata(name, SKIP_AWAIT),
            spec=service_spec(self._port(), selector),
            opts=self._child(depends_on=[after], retain_on_delete=not suffix and self.settings.keep_on_removal),
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

    def _metadata(self, name: str, annotations: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Any:
        given = given or {}
        return {
            **given,
            "name": name,
            "namespace": self.spec.target.namespace,
            "labels": {**given.get("labels", {}), MANAGED: self._name},
            "annotations": {**given.get("annotations", {}), **annotations, **(FORCED if self.settings.adopt else {})},
        }

    def _dynamic(self, after: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=after, provider=self._processes)

    def _child(self, **options: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, **options)
