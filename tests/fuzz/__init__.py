"""Hostile input: one target for every parser that a stranger can reach.

`make fuzz` runs them under atheris, as long as it is told. `test_targets.py` runs the same targets, without
atheris, over their seeds, over mutations that are the same in every run, and over every input that was
once found to break something (`crashes/`).
"""
