"""The provider's settings, from the program's configuration and, where it is silent, from the environment.

Each is a string on the wire. What the stand-in does not offer is refused here, before anything is done. This module
refuses to read a kubeconfig.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.pulumi.kubernetes.force_new import Mutability
from lab.pulumi.kubernetes.kubeconfig import Choice

_PREFIX = "kubernetes:config:"


class SettingsError(Exception):
    """A setting the stand-in cannot honour; the message says what to use instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings that change what the provider does."""

    kubeconfig: str = ""
    choice: Choice = field(default_factory=Choice)
    mutability: Mutability = field(default_factory=Mutability)
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False
    force_patches: bool = False
    upsert_existing: bool = False

    @classmethod
    def parse(cls, variables: Mapping[str, str]) -> "Settings":
        """From the variables of a `Configure` call. Raises `SettingsError`."""
        values = _Values(variables)
        if not values.flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", default=True):
            raise SettingsError(
                "enableServerSideApply is false, but this stand-in for the Kubernetes provider only does server-side "
                "apply; remove the setting, or install the official provider"
            )
        if values.text("renderYamlToDirectory"):
            raise SettingsError(
                "renderYamlToDirectory is set, but this stand-in for the Kubernetes provider renders no YAML; remove "
                "the setting, or install the official provider"
            )
        return cls(
            kubeconfig=values.text("kubeconfig"),
            choice=Choice(values.text("context"), values.text("cluster"), values.text("namespace")),
            mutability=Mutability(
                secrets=values.flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
                config_maps=values.flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
            ),
            delete_unreachable=values.flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
            skip_update_unreachable=values.flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
            force_patches=values.flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
            upsert_existing=values.flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
        )


@dataclass(frozen=True, slots=True)
class _Values:
    variables: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.variables.get(_PREFIX + name, "")

    def flag(self, name: str, fallback: str, *, default: bool = False) -> bool:
        value = self.variables.get(_PREFIX + name) or os.environ.get(fallback)
        return default if value is None else value == "true"
