"""Tests of `e2ecli.cli`."""
