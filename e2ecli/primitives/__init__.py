"""Keys, boxes, signatures, hashes and key derivation: the only importer of `nacl` and `cryptography`.

Knows nothing of formats or files. Modules are imported by name, so that a command loads what it uses.
"""
