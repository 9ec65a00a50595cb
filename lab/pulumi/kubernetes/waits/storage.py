"""When volumes, claims, quotas and token Secrets are ready.

A claim whose storage class waits for its first consumer is ready while it is pending, for its pod may come later. This
module refuses to provision anything.
"""

from lab.pulumi.kubernetes.api_errors import ApiError
from lab.pulumi.kubernetes.objects import Kind, pluck
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.waits.subject import Subject
from lab.pulumi.kubernetes.waits.verdict import Look, Note, Verdict

_STORAGE_CLASS = Kind("storage.k8s.io", "v1", "StorageClass")
_FIRST_CONSUMER = "WaitForFirstConsumer"


def judge_claim(live: Json, binding_mode: str) -> Verdict:
    """Bound, or pending where that is all there will be for now."""
    phase = pluck(live, "status", "phase")
    is_ready = phase == "Bound" or (phase == "Pending" and binding_mode == _FIRST_CONSUMER)
    problems = () if is_ready else (f"PersistentVolumeClaim is {phase or 'not processed yet'}",)
    return Verdict(is_ready=is_ready, live=live, problems=problems)


def judge_volume(live: Json) -> Verdict:
    """Available or bound."""
    phase = pluck(live, "status", "phase")
    notes = {"Available": "✅ PV marked available", "Bound": "✅ PV has been bound"}
    is_ready = phase in notes
    return Verdict(is_ready=is_ready, live=live, notes=(Note(notes[phase]),) if is_ready else ())


def judge_quota(live: Json) -> Verdict:
    """Its limits have reached the status."""
    return Verdict(is_ready=pluck(live, "spec", "hard") == pluck(live, "status", "hard"), live=live)


def judge_secret(live: Json) -> Verdict:
    """There at once, but a service account's token is filled in by a controller."""
    awaits_token = live.get("type") == "kubernetes.io/service-account-token"
    return Verdict(is_ready=not awaits_token or bool(live.get("data")), live=live)


def watch_claim(subject: Subject) -> Look:
    """The looks at one claim; its storage class is read at each, for it may be created later."""

    def look() -> Verdict:
        live = subject.read()
        return judge_claim(live, _binding_mode(subject, live))

    return look


def _binding_mode(subject: Subject, claim: Json) -> str:
    name = pluck(claim, "spec", "storageClassName")
    if not isinstance(name, str) or not name:
        return ""
    try:
        return str(subject.cluster.read(_STORAGE_CLASS, "", name).get("volumeBindingMode", ""))
    except ApiError:
        return ""
