"""Faults, crashes, concurrency and leaks, forced upon the program: invariants 6 and 7 of the design."""
