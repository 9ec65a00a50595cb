"""What can go wrong between a tool's name and its path, in words that say what to do next."""


class ToolchainError(Exception):
    """A tool cannot be had. The message says what was tried, what happened and what to do."""


class UnknownToolError(ToolchainError):
    """A name that is not in the table."""


class GoError(ToolchainError):
    """Go itself is missing or too old."""


class BuildError(ToolchainError):
    """`go build` failed, or what it built does not report the version it should."""
