"""Which requests go to the canary, by header or cookie, in Flagger's form (which is Istio's)."""

import re
from collections.abc import Iterable

from pydantic import Field

from canary.core.routing import Affinity, HeaderMatch, MatchRule
from canary.settings.base import Settings
from canary.settings.errors import Fault
from canary.settings.vocabulary import Count, Text


class HeaderSettings(Settings):
    """The condition on one header; exactly one of the four."""

    exact: Text | None = Field(None, description="The whole value.")
    prefix: Text | None = Field(None, description="How the value begins.")
    suffix: Text | None = Field(None, description="How the value ends.")
    regex: Text | None = Field(None, description="A regular expression (RE2) for the whole value.")

    def contradictions(self) -> Iterable[Fault]:
        """One condition, and one that can be read."""
        if len(self.given()) != 1:
            yield Fault((), f"has {len(self.given())} conditions; allowed: exactly one of exact, prefix, suffix, regex")
        try:
            re.compile(self.regex or "")
        except re.error as error:
            if "bad escape" in error.msg:  # RE2 knows escapes, such as \\pL, that this module does not
                return
            yield Fault(("regex",), f'"{self.regex}" is not a regular expression ({error}); allowed: RE2 syntax')

    def to_core(self, name: str) -> HeaderMatch:
        """The core's form; no router knows a suffix, so that it becomes an expression for the whole value."""
        regex = f".*{re.escape(self.suffix)}" if self.suffix else self.regex
        return HeaderMatch(name.lower(), exact=self.exact, prefix=self.prefix, regex=regex)


class MatchSettings(Settings):
    """One alternative: all its headers must match. A cookie is the header `cookie`."""

    headers: dict[str, HeaderSettings] = Field(description="Header name to its condition.")

    def contradictions(self) -> Iterable[Fault]:
        """An alternative without a condition would match every request."""
        if not self.headers:
            yield Fault(("headers",), "is empty; allowed: at least one header")
        for name, condition in self.headers.items():
            for fault in condition.contradictions():
                yield Fault(("headers", name, *fault.place), fault.text)

    def to_core(self) -> MatchRule:
        """The core's form."""
        return MatchRule(tuple(one.to_core(name) for name, one in self.headers.items()))


class AffinitySettings(Settings):
    """Keep a client that was sent to the canary there."""

    cookie_name: Text = Field(description="The cookie that marks such a client.")
    max_age: Count = Field(86400, description="Seconds until the mark expires.")

    def to_core(self) -> Affinity:
        """The core's form."""
        return Affinity(self.cookie_name, self.max_age)
