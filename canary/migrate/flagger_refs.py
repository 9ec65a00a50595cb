"""The objects that a Canary refers to: MetricTemplate and AlertProvider, looked up in the given files only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from canary.migrate import flagger_fields as fields
from canary.migrate.documents import Document
from canary.migrate.findings import Findings, Section
from canary.settings.metric import BACKENDS

CREDENTIALS = "a Secret is read from the release's namespace only: copy it there"


@dataclass(frozen=True, slots=True)
class References:
    """The given objects, seen from a Canary in `namespace`."""

    objects: Sequence[Document]
    namespace: str
    findings: Findings

    def template(self, ref: Section) -> dict[str, Any]:
        """The metric settings (query, backend) that the MetricTemplate behind `ref` stands for."""
        found = self._find("MetricTemplate", ref)
        if found is None:
            return {}
        spec, namespace = found
        query, provider = spec.text("query"), spec.section("provider")
        spec.finish()
        return {"query": query, "backend": self._backend(provider, namespace)}

    def _backend(self, provider: Section, namespace: str) -> dict[str, Any]:
        kind = provider.text("type")
        if kind not in BACKENDS:
            self.findings.unsupported(
                provider.at("type"), f"no metrics backend {kind}; there are {', '.join(BACKENDS)}"
            )
            kind = BACKENDS[0]
        taken = {
            "type": kind,
            "address": provider.text("address"),
            "secretRef": self._secret(provider, namespace),
            "region": provider.text("region"),
            "insecureSkipVerify": provider.take("insecureSkipVerify"),
            "headers": self._headers(provider),
        }
        provider.finish()
        return _given(taken)

    def _headers(self, provider: Section) -> dict[str, str]:
        headers = provider.section("headers").left
        return {
            key: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in headers.items()
        }

    def alert(self, ref: Section) -> dict[str, Any]:
        """The alert settings that the AlertProvider behind `ref` stands for."""
        found = self._find("AlertProvider", ref)
        if found is None:
            return {}
        spec, namespace = found
        taken = {key: spec.text(key) for key in ("type", "channel", "username", "address")}
        secret = self._secret(spec, namespace)
        spec.finish(fields.ALERT)
        # Flagger reads the address from the Secret when both are there.
        return _given({**taken, "address": "" if secret else taken["address"], "secretRef": secret})

    def _secret(self, owner: Section, namespace: str) -> str:
        ref = owner.section("secretRef")
        name = ref.text("name")
        ref.finish()
        if name and namespace != self.namespace:
            self.findings.unsupported(owner.at("secretRef"), f"it is in the namespace {namespace}; {CREDENTIALS}")
        return name

    def _find(self, kind: str, ref: Section) -> tuple[Section, str] | None:
        name, namespace = ref.text("name"), ref.text("namespace") or self.namespace
        ref.take("kind")
        ref.take("apiVersion")
        ref.finish()
        for one in self.objects:
            metadata = one.get("metadata") or {}
            if (
                one["kind"] == kind
                and metadata.get("name") == name
                and metadata.get("namespace", namespace) == namespace
            ):
                return Section.of(f"{kind} {namespace}/{name}: spec", one.get("spec"), self.findings), namespace
        self.findings.fault(
            ref.path, f"{kind} {namespace}/{name} is not in what was given; pass the file that has it, too"
        )
        return None


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", False, {})}
