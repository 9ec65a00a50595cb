"""Faults on the way to the API server and to Prometheus, switched on and off while real programs run through them."""

from lab.faults.kinds import Answer, Cut, Delay, Fault, Hang, Late, Swallow, Trap, conflict, overloaded
from lab.faults.proxy import FaultProxy, api_proxy, kubeconfig_through, prometheus_proxy
from lab.faults.rules import CANARY, PULUMI, Asked, Rule, Rules

__all__ = [
    "CANARY",
    "PULUMI",
    "Answer",
    "Asked",
    "Cut",
    "Delay",
    "Fault",
    "FaultProxy",
    "Hang",
    "Late",
    "Rule",
    "Rules",
    "Swallow",
    "Trap",
    "api_proxy",
    "conflict",
    "kubeconfig_through",
    "overloaded",
    "prometheus_proxy",
]
