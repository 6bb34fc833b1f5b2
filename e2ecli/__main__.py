"""`python -m e2ecli` is `e2e`."""

from e2ecli.cli.main import run

run()
