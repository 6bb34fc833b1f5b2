"""Stories at the command line: text scripts that run the real program; `script.py` says how they read."""
