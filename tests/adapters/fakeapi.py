"""A small API server on a real socket: objects by path, merge patches, versions, conflicts, and faults on order."""

import json
import re
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Json = dict[str, Any]
LISTED = ("/leases", "/configmaps")


def status(code: int, message: str = "", headers: dict[str, str] | None = None) -> Response:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
    return Response(json.dumps(body), code, headers, content_type="application/json")


def merged(old: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


class FakeApi:
    def __init__(self, server: HTTPServer) -> None:
        self.objects: dict[str, Json] = {}
        self.faults: list[Response] = []
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.before_write: list[Any] = []
        self.version = 0
        server.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def put(self, path: str, body: Json) -> None:
        self.version += 1
        self.objects[path] = merged(body, {"metadata": {"resourceVersion": str(self.version)}})

    def writes(self) -> list[str]:
        return [path for method, path in self.requests if method != "GET"]

    def answer(self, request: Request) -> Response:
        self.requests.append((request.method, request.path))
        self.headers.append({key.lower(): value for key, value in request.headers.items()})
        if self.faults:
            return self.faults.pop(0)
        if request.method != "GET" and self.before_write:
            self.before_write.pop(0)()
        body = json.loads(request.data) if request.data else {}
        if request.method == "GET" and request.path.endswith(LISTED):
            return self.listing(request.path, request.args.get("labelSelector", ""))
        handlers = {"GET": self.get, "POST": self.post, "PUT": self.replace, "PATCH": self.patch, "DELETE": self.delete}
        return handlers[request.method](request.path, body)

    def get(self, path: str, body: Json) -> Response:
        found = self.objects.get(path)
        return status(404, f"{path} not found") if found is None else self._ok(found)

    def listing(self, path: str, selector: str) -> Response:
        head, _, plural = path.rpartition("/")
        label, _, wanted = selector.partition("=")
        places = [place for place in self.objects if place.startswith(head) and f"/{plural}/" in place]
        found = [self.objects[place] for place in places]
        kept = [one for one in found if not selector or one["metadata"].get("labels", {}).get(label) == wanted]
        return self._ok({"items": kept})

    def post(self, path: str, body: Json) -> Response:
        name = f"{path}/{body['metadata']['name']}"
        if name in self.objects:
            return status(409, "already exists")
        self.put(name, body)
        return self._ok(self.objects[name])

    def patch(self, path: str, body: Json) -> Response:
        if path.endswith("/scale") and path.removesuffix("/scale") in self.objects:
            path = path.removesuffix("/scale")
            body = {"metadata": body.get("metadata", {}), "spec": body["spec"]}
        if path not in self.objects:
            return status(404, f"{path} not found")
        return self._write(path, body, merged(self.objects[path], body))

    def replace(self, path: str, body: Json) -> Response:
        return self._write(path, body, body) if path in self.objects else status(404)

    def _write(self, path: str, body: Json, new: Json) -> Response:
        wanted = body.get("metadata", {}).get("resourceVersion")
        if wanted not in (None, self.objects[path]["metadata"]["resourceVersion"]):
            return status(409, "the object has been modified")
        self.put(path, new)
        return self._ok(self.objects[path])

    def delete(self, path: str, body: Json) -> Response:
        return status(404) if self.objects.pop(path, None) is None else self._ok({})

    @staticmethod
    def _ok(body: Json) -> Response:
        return Response(json.dumps(body), 200, content_type="application/json")
