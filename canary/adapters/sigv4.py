"""AWS Signature Version 4 for one request. Pure: no clock, no environment, no network.

Written out because no signing library is among the dependencies; held against the vectors that AWS publishes.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

from canary.adapters.direct import Request

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Keys:
    """AWS credentials; `token` only for temporary ones. They never show in a repr."""

    access: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is good for: one day (of `at`, UTC), one region, one service."""

    at: datetime
    region: str
    service: str

    @property
    def moment(self) -> str:
        """`20150830T123600Z`."""
        return self.at.strftime("%Y%m%dT%H%M%SZ")

    @property
    def parts(self) -> tuple[str, ...]:
        """Day, region, service and the closing word."""
        return (self.moment[:8], self.region, self.service, "aws4_request")


def signed(request: Request, keys: Keys, scope: Scope) -> Request:
    """`request` with all that makes AWS accept it; the path of its URL must need no escaping."""
    token = {"X-Amz-Security-Token": keys.token} if keys.token else {}
    given = {**request.headers, "X-Amz-Date": scope.moment, **token}
    lowered = {name.lower(): " ".join(value.split()) for name, value in given.items()}
    lowered["host"] = urlsplit(request.url).netloc.rpartition("@")[2]
    names = ";".join(sorted(lowered))
    text = "\n".join([ALGORITHM, scope.moment, "/".join(scope.parts), _hash(_canonical(request, lowered).encode())])
    signature = hmac.new(_key(keys, scope), text.encode(), hashlib.sha256).hexdigest()
    credential = f"{keys.access}/{'/'.join(scope.parts)}"
    authorization = f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return replace(request, headers={**given, "Authorization": authorization})


def _canonical(request: Request, headers: Mapping[str, str]) -> str:
    parts = urlsplit(request.url)
    pairs = sorted((_escape(name), _escape(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    lines = [f"{name}:{headers[name]}" for name in sorted(headers)]
    names = ";".join(sorted(headers))
    return "\n".join([request.method, parts.path or "/", query, *lines, "", names, _hash(request.body or b"")])


def _key(keys: Keys, scope: Scope) -> bytes:
    key = f"AWS4{keys.secret}".encode()
    for part in scope.parts:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _escape(text: str) -> str:
    return quote(text, safe="-_.~")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
