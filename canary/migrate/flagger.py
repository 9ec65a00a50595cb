"""Takes over Flagger's `Canary` objects (v1alpha3 and v1beta1, old spellings included) with what they refer to.

Every field is honoured, or named: as a fault when leaving it out would change what a release does, else as a note.
Knows Flagger's field names and defaults; what they mean here is the settings' business.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from canary.migrate import flagger_fields as fields
from canary.migrate.documents import Document, read_objects
from canary.migrate.findings import Findings, Imported, ImportFault, Section
from canary.migrate.flagger_analysis import analysis_of
from canary.migrate.flagger_refs import References
from canary.migrate.overrides import overridden
from canary.settings.errors import error_of
from canary.settings.parsing import examine

VERSIONS = ("flagger.app/v1alpha3", "flagger.app/v1beta1")
WORKLOADS = ("Deployment", "DaemonSet")

# Where a setting came from, for messages about it.
ORIGINS = {
    "metricsServer": "spec.metricsServer",
    "namespace": "metadata.namespace",
    "name": "metadata.name",
    "progressDeadlineSeconds": "spec.progressDeadlineSeconds",
    "router": "spec.provider",
    "service": "spec.service",
    "skipAnalysis": "spec.skipAnalysis",
    "suspend": "spec.suspend",
    "target": "spec.targetRef.name",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A Canary as stack config has it, before it is checked. `analysis`: the path of its analysis."""

    document: dict[str, Any]
    api_version: str
    kind: str
    analysis: str


def from_flagger(
    *sources: str | Path,
    name: str | None = None,
    ignore: Collection[str] = (),
    overrides: Mapping[str, Any] | None = None,
) -> Imported:
    """The release that a Flagger `Canary` describes.

    sources: paths or YAML text with the Canary and the MetricTemplate and AlertProvider objects that it refers to;
    others are passed over. name: which Canary, if there are several. ignore: paths of fields to do without, such as
    `spec.autoscalerRef`. overrides: settings that another stack has otherwise, as in stack config, such as
    `{"namespace": "staging", "analysis": {"interval": "30s"}}`; each is noted. Raises ImportFault with every reason
    at once, Misconfigured for what is not YAML.
    """
    objects = read_objects(sources)
    canary = _the_canary(objects, name)
    findings = Findings(ignore)
    root = Section.of("", canary, findings)
    draft = _release(root, objects, findings)
    return _imported(replace(draft, document=overridden(draft.document, overrides or {}, findings)), findings)


def _the_canary(objects: list[Document], name: str | None) -> Document:
    found = [one for one in objects if one["kind"] == "Canary" and _is_named(one, name)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(str((one.get("metadata") or {}).get("name")) for one in objects if one["kind"] == "Canary")
    asked = f' named "{name}"' if name else ""
    remedy = f"pass name= one of: {names}" if names else "give the file that has it"
    raise ImportFault("Flagger's objects", [f"kind: there are {len(found)} objects of kind Canary{asked}; {remedy}"])


def _is_named(canary: Document, name: str | None) -> bool:
    return name is None or (canary.get("metadata") or {}).get("name") == name


def _release(root: Section, objects: list[Document], findings: Findings) -> Draft:
    version = root.text("apiVersion")
    if version not in VERSIONS:
        findings.fault("apiVersion", f'"{version}" is not known; allowed: {", ".join(VERSIONS)}')
    root.take("kind")
    if root.take("status"):
        findings.note("status", "is Flagger's and is not carried over: the first `pulumi up` initialises the release")
    document = _metadata(root.section("metadata"))
    spec = root.section("spec")
    root.finish()
    api_version, kind, workload = _target(spec.section("targetRef"), findings)
    if workload != document["name"]:
        document["target"] = workload
    analysis = _analysis_path(spec, findings)
    _fill(document, spec, analysis, References(objects, document["namespace"], findings))
    return Draft(document, api_version, kind, spec.at(analysis))


def _metadata(metadata: Section) -> dict[str, Any]:
    document = {"name": metadata.take("name"), "namespace": metadata.text("namespace") or "default"}
    metadata.finish(harmless=fields.METADATA_HARMLESS)
    return document


def _target(target: Section, findings: Findings) -> tuple[str, str, str]:
    api_version, kind, name = (
        target.text("apiVersion") or "apps/v1",
        target.text("kind") or "Deployment",
        target.text("name"),
    )
    if kind not in WORKLOADS or api_version != "apps/v1":
        findings.unsupported(
            target.at("kind"), f"{kind} of {api_version}; workloads are {' and '.join(WORKLOADS)} of apps/v1"
        )
    if not name:
        findings.fault(target.at("name"), "is missing; it has no default")
    target.finish()
    return api_version, kind, name


def _fill(document: dict[str, Any], spec: Section, analysis: str, references: References) -> None:
    provider, findings = spec.text("provider"), spec.findings
    taken = {
        "service": _service(spec.section("service"), provider),
        "router": _router(provider, spec.at("provider"), findings),
        **{key: spec.take(key) for key in ("metricsServer", "progressDeadlineSeconds", "skipAnalysis", "suspend")},
    }
    document.update({key: value for key, value in taken.items() if value not in (None, "", False)})
    if spec.left.get(analysis) is not None:
        document["analysis"] = analysis_of(spec.section(analysis), references, findings)
    else:
        findings.note(spec.at(analysis), "is missing, so analysis is skipped, as in Flagger")
        document["skipAnalysis"] = True
    spec.take(analysis)
    spec.finish(fields.SPEC, fields.SPEC_HARMLESS)


def _analysis_path(spec: Section, findings: Findings) -> str:
    if spec.left.get("canaryAnalysis") is None:
        spec.take("canaryAnalysis")
        return "analysis"
    if spec.left.get("analysis") is None:
        spec.take("analysis")
        return "canaryAnalysis"
    spec.take("canaryAnalysis")
    findings.note(spec.at("canaryAnalysis"), "is not read beside analysis, as in Flagger")
    return "analysis"


def _router(provider: str, path: str, findings: Findings) -> str:
    kind, _, rest = provider.partition(":")
    if not provider:
        findings.note(path, "is not given; taken as linkerd, with the router trafficsplit")
    if provider in ("", "linkerd"):
        return "trafficsplit"
    if kind == "smi":
        return f"trafficsplit/{rest.partition(':')[0]}" if rest else "trafficsplit"
    if kind == "gatewayapi":
        return f"httproute/{rest}" if rest else "httproute"
    findings.unsupported(
        path, f"no router for {provider}; there is trafficsplit, for linkerd and smi:v1alpha1 to v1alpha3"
    )
    return "trafficsplit"


def _service(service: Section, provider: str) -> dict[str, Any]:
    names = ("name", "port", "portName", "targetPort", "appProtocol")
    taken = {key: value for key in names if (value := service.take(key)) not in (None, "")}
    of_routers = dict.fromkeys(fields.SERVICE_OF_ROUTERS, fields.ROUTER_OF_MESH)
    if provider.partition(":")[0] in ("linkerd", "smi"):
        service.finish(fields.SERVICE, {**fields.SERVICE_HARMLESS, **of_routers})
    else:
        of_routers = dict.fromkeys(of_routers, "the router trafficsplit splits by weight and does nothing else")
        service.finish({**fields.SERVICE, **of_routers}, fields.SERVICE_HARMLESS)
    return taken


def _imported(draft: Draft, findings: Findings) -> Imported:
    settings, faults = examine(draft.document)
    lines = [*findings.faults, *(_origin(line, draft) for line in error_of(faults, draft.document).lines)]
    if lines or settings is None:
        raise ImportFault(f"the Canary {draft.document['name']}", lines)
    return Imported(
        settings, draft.document, draft.api_version, draft.kind, settings.target_name, tuple(findings.notes)
    )


def _origin(line: str, draft: Draft) -> str:
    """`line` with the path that its field has in Flagger's object."""
    for ours, theirs in {**ORIGINS, "analysis": draft.analysis}.items():
        if line.startswith((f"{ours}:", f"{ours}.", f"{ours}[")):
            return theirs + line.removeprefix(ours)
    return line
