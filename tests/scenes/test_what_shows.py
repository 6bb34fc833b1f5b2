"""What a sealed message shows to whoever carries it: neither sender nor recipients (invariant 5)."""

import json
from typing import Any

import pytest

from e2ecli.saltpack.armor import dearmor
from tests.scenes.world import World

SENDER, RECIPIENTS = "alice", ("bob", "carol")


def public_facts(world: World, person: str) -> list[bytes]:
    """Return all by which somebody could be recognised: names, key id and public keys."""
    document: dict[str, Any] = json.loads(world.does(person, "e2e keys show --json"))
    keys = [document[name] for name in ("ed25519", "x25519", "mlkem768x25519")]
    words = [document["name"], document["card_name"], document["id"], document["id"][4:], *keys]
    return [word.encode() for word in words] + [bytes.fromhex(key) for key in keys]


@pytest.mark.parametrize("options", ["", "-a", "--self", "--no-metadata"])
def test_invariant_5_nothing_of_sender_or_recipients_is_in_a_sealed_message(
    world: World, village: World, options: str
) -> None:
    world.invite(village, [SENDER, *RECIPIENTS])
    world.does(SENDER, "echo hello > secret-plan.txt")
    sealed = world.does(SENDER, f"e2e -q send {','.join(RECIPIENTS)} secret-plan.txt {options}")
    binary = dearmor(sealed, len(sealed))[1] if options == "-a" else sealed
    facts = [fact for person in (SENDER, *RECIPIENTS) for fact in public_facts(world, person)]
    for fact in (*facts, b"secret-plan", b"hello"):
        assert fact not in binary
    assert all(fact not in sealed for fact in facts if len(fact) > 8)


def test_the_search_itself_finds_what_a_card_shows(world: World, village: World) -> None:
    world.invite(village, ["bob"])
    text = world.does("bob", "e2e export")
    binary = dearmor(text, len(text))[1]
    found = [fact for fact in public_facts(world, "bob") if fact in binary]
    document: dict[str, Any] = json.loads(world.does("bob", "e2e keys show --json"))
    assert document["id"].encode() in found
    assert bytes.fromhex(document["ed25519"]) in found
