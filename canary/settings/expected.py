"""What a user may say about the world for the sake of a plan's warnings; a release itself does not depend on it."""

from pydantic import Field

from canary.settings.base import Settings
from canary.settings.vocabulary import Number, Span


class ExpectedSettings(Settings):
    """What a preview takes as given when it warns of a plan that cannot work."""

    scrape_interval: Span | None = Field(None, description="How often the metrics system collects; default: unknown.")
    requests_per_second: Number | None = Field(
        None, description="Requests a second to the whole service at its quietest; default: unknown."
    )
