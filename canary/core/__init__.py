"""The decision core: pure data and pure functions. No I/O, no clock, no logger, no randomness."""
