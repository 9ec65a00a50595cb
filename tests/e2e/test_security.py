"""A release by an identity with the documented rights and no others; and no secret anywhere it could be read."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.cluster import Lab
from tests.e2e.world import Checkout

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

RIGHTS = Path(__file__).resolve().parents[2] / "examples" / "rbac" / "ci.yaml"
WORD = "open-sesame-4711"  # a credential that a webhook is given
PLACE = "canary:analysis.webhooks[0].metadata.password"


def grant(checkout: Checkout) -> str:
    """Apply the manifest, moved to the checkout's namespace; a token of its account."""
    text = RIGHTS.read_text().replace("namespace: prod", f"namespace: {checkout.namespace}")
    text = text.replace("pulumi-ci", f"pulumi-ci-{checkout.namespace}")
    # the load tester of the lab stays where it is
    documents = list(yaml.safe_load_all(text))
    role = next(one for one in documents if one["kind"] == "Role")
    hooks = [rule for rule in role["rules"] if rule["resources"] == ["services/proxy"]]
    name, subjects = f"hooks-{checkout.namespace}", documents[2]["subjects"]
    meta = {"name": name, "namespace": "prod"}
    api = "rbac.authorization.k8s.io"
    documents.append({"apiVersion": f"{api}/v1", "kind": "Role", "metadata": meta, "rules": hooks})
    reference = {"apiGroup": api, "kind": "Role", "name": name}
    binding = {"apiVersion": f"{api}/v1", "kind": "RoleBinding", "metadata": meta, "roleRef": reference}
    documents.append({**binding, "subjects": subjects})
    command, given = ["kubectl", "apply", "-f", "-"], yaml.safe_dump_all(documents)
    subprocess.run(command, env=checkout.kubectl.env, input=given, text=True, check=True, capture_output=True)
    return checkout.kubectl("create", "token", f"pulumi-ci-{checkout.namespace}", "--duration=1h").strip()


def as_account(admin: str, token: str) -> dict[str, Any]:
    """The kubeconfig with the token in place of the administrator's certificate."""
    document = dict(yaml.safe_load(Path(admin).read_text()))
    for user in document["users"]:
        user["user"] = {"token": token}
    return document


def test_the_documented_rights_are_enough_and_no_secret_is_left_anywhere(
    fresh: Callable[..., Checkout], lab: Lab, tmp_path: Path
) -> None:
    checkout = fresh()
    token = grant(checkout)
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(as_account(lab.env()["KUBECONFIG"], token)))
    checkout.project.env["KUBECONFIG"] = str(file)
    checkout.project.run("config", "set", "--secret", "--path", PLACE, WORD, "--stack", "prod")

    said = []
    for tag in ("2.1.0", "2.1.1"):
        update = checkout.up(tag, "--diff")
        assert update.wait() == 0, update.text
        checkout.expect_home(tag)
        said.append(update.text)

    same = checkout.up("", "--expect-no-changes")
    assert same.wait() == 0, same.text
    state = checkout.project.run("stack", "export")
    cluster = checkout.kubectl("get", "configmaps,leases,events,deployments,trafficsplits", "-o", "json")
    places = {"state": state, "log": "".join(said), "cluster": cluster}
    files = [path for path in checkout.project.folder.parent.rglob("*") if path.is_file() and not path.is_symlink()]
    places |= {str(path): path.read_text(errors="replace") for path in files if ".venv" not in path.parts}
    for secret in (WORD, token):
        assert [name for name, text in places.items() if secret in text] == []
