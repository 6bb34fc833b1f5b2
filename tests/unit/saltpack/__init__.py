"""Tests of `e2ecli.saltpack`."""
