"""Tests of `e2ecli.keyring`."""
