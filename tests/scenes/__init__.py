"""Stories told at the command line: text scripts that run the program; `script.py` says how they read."""
