"""Tests of `e2ecli.operations`."""
