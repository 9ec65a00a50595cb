"""Takes over the canary steps of an Argo `Rollout`. What judges the canary there has to be given anew.

Every field of the canary strategy is honoured, or named as a fault or a note.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from canary.migrate.documents import Document, read_objects
from canary.migrate.findings import Findings, Imported, ImportFault, Section
from canary.migrate.flagger_fields import METADATA_HARMLESS
from canary.settings.errors import error_of
from canary.settings.parsing import examine

VERSION = "argoproj.io/v1alpha1"
ANALYSIS = "metrics of an AnalysisTemplate are not read; give analysis.metrics, which are checked at every step"
SCALE = "the canary has all its replicas while it serves; leave them out, the weight decides"
UNSUPPORTED_STEPS = {
    "setCanaryScale": SCALE,
    "setHeaderRoute": "header routes are match rules: use a match step, with a router that can",
    "setMirrorRoute": "mirror routes are a mirror step, with a router that can",
    "experiment": "there are no experiments",
    "plugin": "there are no step plugins",
}
STRATEGY = {
    "replicaProgressThreshold": "a step begins when all pods are ready; give analysis.canary_ready_threshold",
    "antiAffinity": "is part of the pod template",
    "canaryMetadata": "is part of the pod template; use workload(track)",
    "stableMetadata": "is part of the pod template; use workload(track)",
    "pingPong": "there are two tracks, primary and canary, with names that stay",
    "dynamicStableScale": "the primary keeps its replicas, so that a rollback can take the load",
    "scaleDownDelayRevisionLimit": "there is one canary",
}
STRATEGY_HARMLESS = {
    "canaryService": "is not needed: the Services get the names NAME, NAME-primary, NAME-canary",
    "stableService": "is not needed: the Services get the names NAME, NAME-primary, NAME-canary",
    "maxSurge": "applies to pods and belongs into the Deployment's own strategy",
    "maxUnavailable": "applies to pods and belongs into the Deployment's own strategy",
    "minPodsPerReplicaSet": "both tracks keep all their replicas while they serve",
    "scaleDownDelaySeconds": "is `drain` here",
    "abortScaleDownDelaySeconds": "is `drain` here",
    "analysis": ANALYSIS,
}
ROUTERS = dict.fromkeys(
    ("alb", "ambassador", "apisix", "appMesh", "istio", "nginx", "plugins", "traefik"),
    "no router for it; there is trafficsplit, for smi",
)
ROUTING = {
    **ROUTERS,
    "managedRoutes": "header and mirror routes are match and mirror steps, with a router that can",
    "maxTrafficWeight": "weights are percent, and 100 is all",
}
SMI_HARMLESS = {"trafficSplitName": "is not needed: the TrafficSplit has the apex Service's name"}
SPEC = {
    "rollbackWindow": "going back is a release like any other",
}
SPEC_HARMLESS = {
    "template": "is the Deployment's: hand it to Canary(deployment=...)",
    "selector": "is the Deployment's: hand it to Canary(deployment=...)",
    "minReadySeconds": "is the Deployment's: hand it to Canary(deployment=...)",
    "revisionHistoryLimit": "is the Deployment's: hand it to Canary(deployment=...)",
    "progressDeadlineAbort": "a release whose pods are not ready in time always goes back",
    "restartAt": "is a command of Argo's, not a setting",
    "analysis": "keeps runs of an analysis; the ledger keeps every check",
}


def from_argo(
    source: str | Path, *, port: int, analysis: Mapping[str, Any] | None = None, ignore: Collection[str] = ()
) -> Imported:
    """The release that an Argo `Rollout` with a canary strategy describes.

    port: that of its Services (a Rollout does not say). analysis: what judges the canary (metrics, webhooks), as in
    stack config. ignore: paths of fields to do without. Raises ImportFault with every reason at once.
    """
    found = [one for one in read_objects([source]) if one["kind"] == "Rollout"]
    if len(found) != 1:
        raise ImportFault("Argo's objects", [f"kind: there are {len(found)} objects of kind Rollout; allowed: one"])
    findings = Findings(ignore)
    document = _release(found[0], findings)
    document["service"] = {"port": port, **document["service"]}
    document["analysis"] = {**document["analysis"], **(analysis or {})}
    return _imported(document, findings)


def _release(rollout: Document, findings: Findings) -> dict[str, Any]:
    root = Section.of("", rollout, findings)
    version = root.text("apiVersion")
    if version != VERSION:
        findings.fault("apiVersion", f'"{version}" is not known; allowed: {VERSION}')
    root.take("kind")
    metadata, spec = root.section("metadata"), root.section("spec")
    document: dict[str, Any] = {"name": metadata.take("name"), "namespace": metadata.text("namespace") or "default"}
    metadata.finish(harmless=METADATA_HARMLESS)
    root.finish(harmless={"status": "is Argo's and is not carried over"})
    document.update(_spec(spec))
    return document


def _spec(spec: Section) -> dict[str, Any]:
    taken = {
        "replicas": spec.take("replicas"),
        "progressDeadlineSeconds": spec.take("progressDeadlineSeconds"),
        "suspend": spec.take("paused"),
        "target": _workload(spec.section("workloadRef")),
    }
    document = {key: value for key, value in taken.items() if value}
    strategy = spec.section("strategy")
    canary = strategy.section("canary")
    document["service"] = _service(canary.section("trafficRouting"))
    document["analysis"] = _strategy(canary)
    strategy.finish({"blueGreen": "use analysis.iterations for blue/green"})
    spec.finish(SPEC, SPEC_HARMLESS)
    return document


def _workload(ref: Section) -> str:
    kind, version = ref.text("kind") or "Deployment", ref.text("apiVersion") or "apps/v1"
    if (kind, version) != ("Deployment", "apps/v1"):
        ref.findings.unsupported(ref.at("kind"), f"{kind} of {version}; the workload is a Deployment of apps/v1")
    name = ref.text("name")
    ref.finish(harmless={"scaleDown": "the Deployment is the canary here, and has pods during a release only"})
    return name


def _service(routing: Section) -> dict[str, Any]:
    smi = routing.section("smi")
    root = smi.text("rootService")
    smi.finish(harmless=SMI_HARMLESS)
    routing.finish(ROUTING)
    return {"name": root} if root else {}


def _strategy(canary: Section) -> dict[str, Any]:
    steps = [converted for index, step in enumerate(canary.items("steps")) for converted in _step(step, index)]
    canary.finish(STRATEGY, STRATEGY_HARMLESS)
    return {"steps": steps}


def _step(step: Section, index: int) -> list[dict[str, Any]]:
    weight, pause = step.take("setWeight"), step.left.get("pause")
    is_pause = "pause" in step.left
    step.take("pause")
    if step.take("analysis") is not None:
        step.findings.note(step.at("analysis"), ANALYSIS)
    step.finish(UNSUPPORTED_STEPS)
    if is_pause:
        return [{"pause": _duration(pause)}]
    if weight == 0:
        step.findings.note(step.at("setWeight"), f"step {index} sends no traffic and is left out")
    return [{"weight": weight}] if weight else []


def _duration(pause: Any) -> Any:
    duration = pause.get("duration") if isinstance(pause, Mapping) else None
    if duration is None:
        return "indefinitely"
    whole = isinstance(duration, int) or (isinstance(duration, str) and duration.isdigit())
    return f"{duration}s" if whole else duration


def _imported(document: dict[str, Any], findings: Findings) -> Imported:
    settings, faults = examine(document)
    lines = [*findings.faults, *(_origin(line) for line in error_of(faults, document).lines)]
    if lines or settings is None:
        raise ImportFault(f"the Rollout {document['name']}", lines)
    return Imported(settings, document, "apps/v1", "Deployment", settings.target_name, tuple(findings.notes))


def _origin(line: str) -> str:
    return (
        line.replace("analysis.steps[", "spec.strategy.canary.steps[", 1)
        if line.startswith("analysis.steps[")
        else line
    )
