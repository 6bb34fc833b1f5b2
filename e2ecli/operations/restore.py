"""Bringing an identity back from its 24 words (section 2.6)."""

from e2ecli.errors import UsageError
from e2ecli.keyring.cards import Card
from e2ecli.keyring.derivation import MOST_GENERATIONS, IdentitySecrets
from e2ecli.keyring.identities import Identity
from e2ecli.keyring.recovery import RecoveryWordsError, root_of_words
from e2ecli.operations.keygen import PreparedIdentity, identity_from, store_identity
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes


def check_generations(generations: int) -> None:
    """Check that an identity can have so many generations of encryption keys.

    Raises:
        UsageError: it can't.
    """
    if not 1 <= generations <= MOST_GENERATIONS:
        raise UsageError(
            f"--generations takes a number from 1 to {MOST_GENERATIONS}", "without it, --card FILE tells it"
        )


def secrets_of_words(words: str, generations: int) -> IdentitySecrets:
    """Return the secrets of 24 words, with so many generations of encryption keys.

    Raises:
        RecoveryWordsError: a word is wrong.
        UsageError: there can't be so many generations.
    """
    check_generations(generations)
    return IdentitySecrets.from_root(root_of_words(words))._replace(newest=generations - 1)


def secrets_for_card(words: str, card: Card) -> IdentitySecrets:
    """Return the secrets of 24 words with the generations up to the one that a card shows.

    Raises:
        RecoveryWordsError: a word is wrong, or the words are another identity's.
        UsageError: the card has no encryption keys.
    """
    secrets = secrets_of_words(words, 1)
    check_words_of(secrets, card)
    if card.encryption_keys is None:
        raise UsageError("this card is revoked, and shows no generation", "use --generations N")
    longest = secrets._replace(newest=MOST_GENERATIONS - 1)
    for generation, keys in enumerate(longest.generations()):
        if keys.x25519.public_key == card.encryption_keys.x25519:
            return secrets._replace(newest=generation)
    raise RecoveryWordsError("the words don't lead to the encryption keys on the card")


def check_words_of(secrets: IdentitySecrets, card: Card) -> None:
    """Check that secrets are those of a card's identity.

    Raises:
        RecoveryWordsError: they are another's.
    """
    if secrets.signing_key().public_key != card.signing_key:
        raise RecoveryWordsError(
            f"these words are right, but of another identity than {card.id}",
            "look for the words that you wrote down for this one",
        )


def restore(
    workspace: Workspace,
    prepared: PreparedIdentity,
    secrets: IdentitySecrets,
    passphrase: SecretBytes | None,
) -> Identity:
    """Store an identity again, with a new card.

    Raises:
        KeyringError: it is in the keyring already, or its name is taken.
    """
    identity = identity_from(workspace, prepared, secrets, passphrase)
    store_identity(workspace, identity)
    return identity
