"""All targets, by name."""

from tests.fuzz.target import Target
from tests.fuzz.targets import documents, keyring_files, messages, programs, texts

TARGETS: dict[str, Target] = {
    target.name: target
    for room in (messages, programs, texts, documents, keyring_files)
    for target in room.TARGETS
}
