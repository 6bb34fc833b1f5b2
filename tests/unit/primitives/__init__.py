"""Tests of `e2ecli.primitives`."""
