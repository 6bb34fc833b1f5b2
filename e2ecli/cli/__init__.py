"""The command line: the only importer of click and rich.

Declares options, calls one operation, shows its result. Errors become exit codes in `main` alone.
"""
