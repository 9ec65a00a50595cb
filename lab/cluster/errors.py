"""The one error a user of the lab sees: what was tried, what happened, what to do. It knows nothing of causes."""


class LabError(Exception):
    """A lab operation failed; the message is complete and meant for the terminal."""


class LabNotRunning(LabError):
    """The operation needs a running lab of that name and there is none."""
