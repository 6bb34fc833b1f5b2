"""The tests: specifications of one behaviour each."""
