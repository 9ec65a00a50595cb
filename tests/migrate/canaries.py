"""Flagger Canaries to vary, and what comes of reading them."""

from typing import Any

import pytest
import yaml

from canary.migrate import Imported, ImportFault, from_flagger

RATE = {"name": "request-success-rate", "thresholdRange": {"min": 99}}


def canary(analysis: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": "podinfo", "namespace": "prod"},
        "spec": {
            "provider": "linkerd",
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "podinfo"},
            "service": {"port": 9898},
            "analysis": {"interval": "1m", "stepWeight": 10, "metrics": [RATE]} | (analysis or {}),
        }
        | spec,
    }


def read(*objects: dict[str, Any], **options: Any) -> Imported:
    return from_flagger(yaml.safe_dump_all(objects), **options)


def lines_of(*objects: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ImportFault) as caught:
        read(*objects)
    return caught.value.lines
