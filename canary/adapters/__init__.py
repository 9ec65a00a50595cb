"""One file for each outside system, each implementing a Protocol of `canary.ports`."""
