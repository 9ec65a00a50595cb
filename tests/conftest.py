"""What holds for all tests."""

# The lab's plugins enter empty shells of the SDK unless it is loaded: in one process with everything else it has to be.
import pulumi  # noqa: F401
