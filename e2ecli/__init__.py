"""e2e: end-to-end encrypted and signed files and messages on the command line."""

__version__ = "0.1.0"
