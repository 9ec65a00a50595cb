"""Turns a pod's volumes into folders of the lab's state directory, and keeps those that mirror the cluster up to date.

It refuses to know how the folders get into a container.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.node import downward, expand
from lab.node.api import Api, ApiError, Json
from lab.node.downward import ConfigError, Placement
from lab.node.environment import contents
from lab.node.rootfs import Mount

# Sources whose files the agent writes; containers see them read-only, as from a kubelet.
_WRITTEN = ("configMap", "secret", "downwardAPI", "projected")
_TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class File:
    """One file of a volume."""

    data: bytes
    mode: int


class Volumes:
    """The volumes of one pod, under ``folder``."""

    def __init__(self, api: Api, pod: Json, folder: Path, placement: Placement) -> None:
        self._api = api
        self._pod = pod
        self._folder = folder
        self._placement = placement
        self._tokens: dict[str, tuple[bytes, float]] = {}
        self._volumes: dict[str, Json] = {volume["name"]: volume for volume in pod["spec"].get("volumes") or []}

    @property
    def mirrors_cluster(self) -> bool:
        """Whether any volume may change (a ConfigMap, a token that expires)."""
        return any(source in volume for volume in self._volumes.values() for source in _WRITTEN)

    async def refresh(self) -> None:
        """Create or update every volume; raises :class:`ConfigError` when a source is missing."""
        for name, volume in self._volumes.items():
            if any(source in volume for source in _WRITTEN):
                _write(self._folder / name, await self._files(volume))
            else:
                self._plain(name, volume)

    def mounts(self, container: Json, values: Mapping[str, str]) -> list[Mount]:
        """Where the container wants them; ``values`` are its variables, for ``subPathExpr``."""
        return [self._mount(written, values) for written in container.get("volumeMounts") or []]

    def _mount(self, written: Mapping[str, Any], values: Mapping[str, str]) -> Mount:
        volume = self._volumes[written["name"]]
        source = self._root(written["name"])
        sub = expand.expand(written.get("subPathExpr") or written.get("subPath") or "", values)
        if ".." in Path(sub).parts or Path(sub).is_absolute():
            raise ConfigError(f"subPath {sub!r} of volume {written['name']!r} leaves the volume")
        readonly = bool(written.get("readOnly")) or any(kind in volume for kind in _WRITTEN)
        if sub and not (source / sub).exists():
            if readonly:
                raise ConfigError(f"subPath {sub!r} does not exist in volume {written['name']!r}")
            (source / sub).mkdir(parents=True)
        return Mount(written["mountPath"], str(source / sub), readonly)

    def _root(self, name: str) -> Path:
        volume = self._volumes[name]
        return Path(volume["hostPath"]["path"]) if "hostPath" in volume else self._folder / name

    def _plain(self, name: str, volume: Json) -> None:
        if "emptyDir" in volume:
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        elif "hostPath" in volume:
            if not self._root(name).exists():
                raise ConfigError(f"hostPath {self._root(name)} of volume {name!r} does not exist, and the lab creates "
                                  "nothing on the host")
        else:
            kinds = ", ".join(key for key in volume if key != "name") or "nothing"
            raise ConfigError(f"volume {name!r} is of a kind the lab does not have ({kinds}); it has "
                              f"emptyDir, hostPath, {', '.join(_WRITTEN)}")

    async def _files(self, volume: Json) -> dict[str, File]:
        kind = next(kind for kind in _WRITTEN if kind in volume)
        source = volume[kind]
        mode = source.get("defaultMode") or 0o644
        if kind != "projected":
            return await self._from(kind, source, mode)
        files: dict[str, File] = {}
        for part in source.get("sources") or []:
            for part_kind, reference in part.items():
                files |= await self._from(part_kind, reference, mode)
        return files

    async def _from(self, kind: str, source: Json, mode: int) -> dict[str, File]:
        if kind == "serviceAccountToken":
            return {source["path"]: File(await self._token(source), 0o600)}
        if kind == "downwardAPI":
            return {item["path"]: File(self._downward(item), item.get("mode") or mode) for item in source["items"]}
        if kind == "configMap":
            return await self._object("configmaps", source, source.get("name"), mode)
        if kind == "secret":
            return await self._object("secrets", source, source.get("secretName") or source.get("name"), mode)
        raise ConfigError(f"a projected volume has a source {kind!r}, which the lab does not support")

    async def _object(self, kind: Any, source: Json, name: str | None, mode: int) -> dict[str, File]:
        optional = bool(source.get("optional"))
        namespace = self._pod["metadata"]["namespace"]
        found = await contents(self._api, kind, namespace, name or "", optional=optional)
        items = source.get("items")
        if not items:
            return {key: File(data, mode) for key, data in found.items()}
        missing = [item["key"] for item in items if item["key"] not in found]
        if missing and not optional:
            raise ConfigError(f"{kind} {namespace}/{name} has no key {missing[0]!r}, which a volume refers to")
        return {
            item["path"]: File(found[item["key"]], item.get("mode") or mode) for item in items if item["key"] in found
        }

    def _downward(self, item: Mapping[str, Any]) -> bytes:
        if "fieldRef" in item:
            return downward.field(self._pod, item["fieldRef"]["fieldPath"], self._placement).encode()
        reference = item["resourceFieldRef"]
        named = (c for c in self._pod["spec"]["containers"] if c["name"] == reference.get("containerName"))
        return downward.resource(next(named, {}), reference, self._placement).encode()

    async def _token(self, source: Mapping[str, Any]) -> bytes:
        """A token bound to the pod, asked for again once four fifths of its life are over."""
        seconds = source.get("expirationSeconds") or _TOKEN_SECONDS
        token, renew_at = self._tokens.get(source["path"], (b"", 0.0))
        if time.monotonic() >= renew_at:
            token = await self._fresh_token(source.get("audience"), seconds)
            self._tokens[source["path"]] = token, time.monotonic() + seconds * 0.8
        return token

    async def _fresh_token(self, audience: str | None, seconds: int) -> bytes:
        meta = self._pod["metadata"]
        account = self._pod["spec"].get("serviceAccountName") or "default"
        bound = {"kind": "Pod", "apiVersion": "v1", "name": meta["name"], "uid": meta["uid"]}
        audiences = [audience] if audience else []
        asked = {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": bound}
        path = f"/api/v1/namespaces/{meta['namespace']}/serviceaccounts/{account}/token"
        try:
            answer = await self._api.create(path, {"spec": asked})
        except ApiError as error:
            raise ConfigError(f"no token for service account {account!r}: {error.message}") from error
        return str(answer["status"]["token"]).encode()


def _write(folder: Path, files: Mapping[str, File]) -> None:
    """Make ``folder`` hold exactly these files; each is replaced as a whole, and only if it differs."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != file.data:
            draft = path.with_name(f".{path.name}.new")
            draft.write_bytes(file.data)
            draft.chmod(file.mode)
            draft.replace(path)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if str(path.relative_to(folder)) not in files:
            path.unlink()
