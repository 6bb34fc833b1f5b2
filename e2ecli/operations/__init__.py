"""What the program does, one module a verb: names in, results out.

Knows nothing of the command line: no options, no terminal, no standard streams.
"""
