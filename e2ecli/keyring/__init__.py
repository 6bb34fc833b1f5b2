"""The keyring on disk: identities, cards, contacts, and the atomic files under them.

Knows nothing of Saltpack streams or terminals. A card's signature is checked by a function handed in.
"""
