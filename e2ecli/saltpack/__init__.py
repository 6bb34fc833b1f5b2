"""Saltpack version 2 as code: packets, armor, signcryption, encryption and signing over streams.

Knows nothing of paths, contacts or terminals: streams go in and out, keys come through the protocols of
`keys`. Names and steps are the specification's (`specs/*.md` of keybase/saltpack).
"""
