"""Whatever goes wrong, one line says what and with whom or which file, and one more how it is mended."""

import shlex
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2ecli.cli import main, terminal
from e2ecli.errors import shell_path

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LOW_KEY = "00" * 32
OTHER_KEY = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"

PEOPLE = """
    alice: keygen Alice --no-passphrase
    alice: keygen Old --no-passphrase
    alice: keygen Locked --kdf interactive --passphrase-file passphrase
    alice: keys revoke old --reason lost --yes
    bob:   keygen Bob --no-passphrase
    carol: keygen Carol --no-passphrase
    erin:  keygen Erin --no-passphrase --expires 1d
    mallory: keygen Mallory --no-passphrase
    frank: keygen Frank --no-passphrase
    alice: export -o alice.card
    bob:   export -o bob.card
    carol: export -o carol.card
    erin:  export -o erin.card
    mallory: export -o mallory.card
    frank: export -o frank.card
    alice: import bob.card carol.card erin.card frank.card
    alice: contacts add raw --x25519 8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a
    alice: groups create team bob
    alice: groups create dead bob frank
    bob:   import alice.card
    mallory: import alice.card
    frank: keys revoke --reason lost --yes
    frank: export -o frank.card -f
    alice: import frank.card
    alice: send bob h.txt -o for-bob.sealed
    bob:   send alice h.txt -o from-bob.sealed
    bob:   send alice h.txt -o deniable.sealed --deniable
    bob:   send alice h.txt -o anonymous.sealed --anonymous
    bob:   sign h.txt -o signed.e2e
    bob:   sign other.txt --detach -o other.sig
    mallory: send alice h.txt -o unknown.sealed
"""
"""How everything came about; a day later erin's card has expired."""

MISUSES: dict[str, tuple[int, str]] = {
    # The command line.
    "foo": (2, "“foo”"),
    "decrypt h.txt": (2, "“decrypt”"),
    "send": (2, "TO"),
    "send bob h.txt --colour": (2, "--colour"),
    "--keyring '' keys list": (2, "--keyring"),
    "--json-fd 99 keys list": (2, "99"),
    "contacts bob": (2, "“contacts bob”"),
    "contacts delete bob": (2, "“contacts delete”"),
    "groups new g bob": (2, "“groups new”"),
    "keys generate": (2, "“keys generate”"),
    "help sned": (2, "“sned”"),
    "help send bob": (2, "“send bob”"),
    "completion tcsh": (2, "tcsh"),
    # The keyring.
    "--keyring dir keys list": (1, "dir"),
    "--keyring h.txt keys list": (1, "h.txt"),
    "--keyring nowhere sign h.txt": (1, "nowhere"),
    "--as nobody sign h.txt": (7, "“nobody”"),
    "--as locked sign h.txt": (6, "“locked”"),
    "--as locked --passphrase-file h.txt sign h.txt": (6, "“locked”"),
    "--as locked --passphrase-file nowhere sign h.txt": (1, "nowhere"),
    "unlock": (2, "“alice”"),
    "unlock --for soon": (2, "soon"),
    # Making an identity.
    "keygen": (6, "your name"),
    "keygen New": (6, "“new”"),
    "keygen Alice --no-passphrase": (1, "“alice”"),
    "keygen New --no-passphrase --name Bad!": (2, "'Bad!'"),
    "keygen New --no-passphrase --email ''": (2, "e-mail"),
    "keygen New --no-passphrase --kdf sensitive": (2, "--kdf"),
    "keygen New --no-passphrase --passphrase-file h.txt": (2, "--passphrase-file"),
    "keygen New --no-passphrase --recovery-file -": (2, "standard output"),
    "keygen New --no-passphrase --recovery-file h.txt": (1, "h.txt"),
    "keygen New --no-passphrase --recovery-file nowhere/words": (1, "nowhere/words"),
    # Cards.
    "export nobody": (7, "“nobody”"),
    "export team": (7, "“team”"),
    "export raw": (7, "“raw”"),
    "export -o h.txt": (1, "h.txt"),
    "export -o dir": (1, "dir"),
    "export -o nowhere/card": (1, "nowhere/card"),
    "import nowhere.card": (1, "nowhere.card"),
    "import h.txt": (3, "h.txt"),
    "import from-bob.sealed": (3, "from-bob.sealed"),
    "import alice.card": (7, "“alice”"),
    "import bob.card --name carol": (7, "“bob”"),
    "import mallory.card --name bob": (7, "“bob”"),
    "import bob.card mallory.card --name both": (2, "--name"),
    # Sending.
    "send nobody h.txt": (7, "“nobody”"),
    "send bbo h.txt": (7, "“bbo”"),
    "send alice h.txt": (7, "“alice”"),
    "send erin h.txt": (7, "“erin”"),
    "send frank h.txt": (7, "“frank”"),
    "send dead h.txt": (7, "“dead”"),
    "send team h.txt --deniable": (7, "“team”"),
    "send team h.txt --anonymous": (7, "“team”"),
    "send bob h.txt --deniable --anonymous": (2, "--deniable"),
    "send bob h.txt --deniable --require-pq": (7, "deniable"),
    "send bob h.txt --require-verified": (7, "“bob”"),
    "send raw h.txt --require-pq": (7, "“raw”"),
    "send bob h.txt other.txt": (2, "several files"),
    "send bob h.txt -o a -d dir": (2, "-d"),
    "send bob h.txt -d other.txt": (1, "other.txt"),
    "send bob h.txt -d nowhere/dir": (1, "nowhere/dir"),
    "send bob nowhere.txt -o sealed": (1, "nowhere.txt"),
    "send bob h.txt -o h.txt -f": (1, "h.txt"),
    "send bob h.txt -o other.txt": (1, "other.txt"),
    "--as old send bob h.txt -o sealed": (1, "“old”"),
    # Opening.
    "open h.txt": (3, "h.txt"),
    "open empty": (3, "empty"),
    "open nowhere.sealed": (1, "nowhere.sealed"),
    "open signed.e2e": (3, "signed.e2e"),
    "open cut.sealed -o opened": (3, "cut.sealed"),
    "open for-bob.sealed -o opened": (4, "for-bob.sealed"),
    "open unknown.sealed -o opened": (5, "unknown.sealed"),
    "open anonymous.sealed -o opened": (5, "anonymous.sealed"),
    "open from-bob.sealed -o opened --require-verified": (5, "“bob”"),
    "open from-bob.sealed -o opened --from carol": (5, "carol"),
    "open from-bob.sealed -o opened --from nobody": (7, "“nobody”"),
    "open from-bob.sealed -o opened --from ''": (2, "--from"),
    "open from-bob.sealed -o opened --max-age 1h": (5, "from-bob.sealed"),
    "open deniable.sealed -o opened --max-age 1h": (5, "deniable.sealed"),
    "open from-bob.sealed -o h.txt": (1, "h.txt"),
    "open from-bob.sealed -o opened -O": (2, "-O"),
    # Signing, verifying, inspecting.
    "sign nowhere.txt": (1, "nowhere.txt"),
    "sign h.txt -o dir": (1, "dir"),
    "--as old sign h.txt": (1, "“old”"),
    "verify h.txt": (3, "h.txt"),
    "verify h.txt --signature other.sig": (3, "h.txt"),
    "verify h.txt --signature nowhere.sig": (1, "nowhere.sig"),
    "verify from-bob.sealed": (3, "from-bob.sealed"),
    "verify signed.e2e -o dir": (1, "dir"),
    "inspect h.txt": (3, "h.txt"),
    "inspect nowhere": (1, "nowhere"),
    # People.
    "contacts show nobody": (7, "“nobody”"),
    "contacts show team": (7, "“team”"),
    "contacts show alice": (7, "“alice”"),
    "contacts show me": (7, "“me”"),
    "contacts verify alice": (7, "“alice”"),
    "contacts verify bob": (6, "terminal"),
    "contacts verify bob --check 123": (7, "60 digits"),
    f"contacts verify bob --check {'1' * 60}": (7, "“bob”"),
    "contacts verify raw": (7, "“raw”"),
    "contacts rename bob carol": (1, "“carol”"),
    "contacts rename bob me": (2, "“me”"),
    "contacts rename nobody other": (7, "“nobody”"),
    "contacts remove nobody": (7, "“nobody”"),
    "contacts introduce bob --to bob": (2, "“bob”"),
    "contacts introduce frank --to bob": (7, "“frank”"),
    "contacts introduce erin --to bob": (7, "“erin”"),
    "contacts introduce raw --to bob": (7, "“raw”"),
    "contacts add other": (2, "--x25519"),
    "contacts add other --x25519 abc": (2, "--x25519"),
    f"contacts add other --x25519 {LOW_KEY}": (7, "key"),
    f"contacts add bob --x25519 {OTHER_KEY}": (7, "“bob”"),
    f"contacts add team --x25519 {OTHER_KEY}": (1, "“team”"),
    # Groups.
    "groups show tema": (7, "“tema”"),
    "groups create team bob": (1, "“team”"),
    "groups create g1 team": (7, "“team”"),
    "groups create g1 alice": (7, "“alice”"),
    "groups create g1 frank": (7, "“frank”"),
    "groups create g1 raw": (7, "“raw”"),
    "groups add team bob": (2, "Bob"),
    "groups remove team nobody": (7, "“nobody”"),
    "groups remove team carol": (7, "“carol”"),
    "groups remove team alice": (2, "yourself"),
    "groups transfer team nobody": (7, "“nobody”"),
    "groups rotate dead": (7, "Frank"),
    "groups forget team --before 9": (2, "“team”"),
    "groups leave team": (2, "“team”"),
    "groups share tema": (7, "“tema”"),
    # Your own identities.
    "keys show alcie": (7, "“alcie”"),
    "keys default nobody": (7, "“nobody”"),
    "keys rotate old": (1, "“old”"),
    "keys expire 1y old": (1, "“old”"),
    "keys expire 0s": (2, "expires"),
    "keys revoke old --reason lost --yes": (1, "“old”"),
    "keys revoke alice --reason lost": (6, "terminal"),
    "keys revoke alice --reason lost --successor alice --yes": (2, "successor"),
    "keys forget alice --before 1": (2, "“alice”"),
    "keys passphrase --no-passphrase --kdf sensitive": (2, "--kdf"),
    "keys restore X --generations 0": (2, "--generations"),
    "keys restore X": (6, "recovery words"),
    "keys restore X --recovery-file h.txt": (1, "words"),
    "keys restore X --recovery-file nowhere": (1, "nowhere"),
}
"""What somebody does in Alice's keyring, the exit code, and what the message names."""

_EITHER_OR = "either of the two is left out, whichever wasn't meant"
_IS_NOT_THERE = "the name of what isn't there is all that is known"

NEED_NO_HINT: dict[str, str] = {
    "keygen New --no-passphrase --kdf sensitive": _EITHER_OR,
    "keygen New --no-passphrase --passphrase-file h.txt": _EITHER_OR,
    "keys passphrase --no-passphrase --kdf sensitive": _EITHER_OR,
    "send bob h.txt --deniable --anonymous": _EITHER_OR,
    "send bob h.txt -o a -d dir": _EITHER_OR,
    "open from-bob.sealed -o opened -O": _EITHER_OR,
    "--as locked --passphrase-file nowhere sign h.txt": _IS_NOT_THERE,
    "import nowhere.card": _IS_NOT_THERE,
    "send bob nowhere.txt -o sealed": _IS_NOT_THERE,
    "open nowhere.sealed": _IS_NOT_THERE,
    "sign nowhere.txt": _IS_NOT_THERE,
    "verify h.txt --signature nowhere.sig": _IS_NOT_THERE,
    "inspect nowhere": _IS_NOT_THERE,
    "keys restore X --recovery-file nowhere": _IS_NOT_THERE,
    "keygen New --no-passphrase --email ''": "it says itself what is an address",
    "open empty": "there is nothing in it that could be mended",
    "open from-bob.sealed -o opened --from carol": "that is what was to be found out",
    "open from-bob.sealed -o opened --from ''": "it says itself what is missing",
}
"""Messages after which there is nothing to be advised, and why."""


ADVICE: dict[str, str] = {
    "decrypt h.txt": "did you mean e2e open?",
    "contacts bob": "did you mean e2e contacts show bob?",
    "contacts delete bob": "did you mean e2e contacts remove?",
    "groups new g bob": "did you mean e2e groups create?",
    "groups team": "did you mean e2e groups show team?",
    "keys generate": "did you mean e2e keygen?",
    "keys rotat": "did you mean e2e keys rotate?",
    "keys xyzzy": "e2e keys --help lists the commands",
    "groups show tema": "did you mean team?",
    "keys show alcie": "did you mean alice?",
    "send bbo h.txt": "did you mean bob?",
    "export team": "e2e groups show team",
    "groups create g1 team": "e2e groups show team",
    "contacts show alice": "as sender and recipient you are “me”; e2e keys show alice",
    "contacts show me": "as sender and recipient you are “me”; e2e keys show me",
    "keygen Alice --no-passphrase": "choose another with --name PETNAME",
    "contacts rename bob carol": "choose another name",
    "groups create team bob": "choose another name",
    "import mallory.card --name team": "choose another with --name PETNAME",
    "import bob.card --name robert": "e2e contacts rename bob robert",
    "import bob.card --name carol": "e2e contacts rename bob NEWNAME",
    "groups rotate dead": "e2e groups remove dead frank",
    f"contacts add bob --x25519 {OTHER_KEY}": "ask bob by another way which key is theirs; "
    "if it is this one, e2e contacts remove bob, then add it again",
    "export -o dir": "name a file in it",
    "sign h.txt -o dir": "name a file in it",
    "keygen N --no-passphrase --recovery-file h.txt": "words are never overwritten: "
    "give --recovery-file another name",
    "send bob h.txt -o 'no where/x'": "make its directory: mkdir -p 'no where'",
    "--keyring dir keys list": "name another directory with --keyring DIR",
    "--keyring 'my keys' keys list": "chmod 700 'my keys'",
    "send team h.txt --deniable": "leave out --deniable, or name the members one by one",
}
"""What the second line says: a command or option that is there, and that mends it."""

PATHS_IN_HINTS = {
    "report.pdf": "report.pdf",
    "/srv/keys_1/x-y": "/srv/keys_1/x-y",
    "my keys": "'my keys'",
    "it's": "'it'\"'\"'s'",
    "-rf": "./-rf",
    "$HOME;x": "'$HOME;x'",
    "~": "'~'",
    "clés": "'clés'",
}


def run(who: str, arguments: str, now: datetime = NOW) -> int:
    return main._run(["--keyring", who, *shlex.split(arguments)], {"clock": lambda: now})


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with everybody's keyrings and files. To be copied, not used."""
    directory = tmp_path_factory.mktemp("village")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        (directory / "dir" / "sub").mkdir(parents=True)
        (directory / "dir").chmod(0o755)
        (directory / "my keys").mkdir(mode=0o755)
        (directory / "h.txt").write_text("hello\n")
        (directory / "other.txt").write_text("other\n")
        (directory / "empty").touch()
        (directory / "passphrase").write_text("open sesame\n")
        for line in PEOPLE.strip().splitlines():
            who, arguments = line.split(":", 1)
            assert run(who.strip(), f"-q {arguments}") == 0, line
        sealed = (directory / "from-bob.sealed").read_bytes()
        (directory / "cut.sealed").write_bytes(sealed[:-1])
    return directory


@pytest.fixture
def misuse(
    village: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str]]:
    """Do something in Alice's keyring, without a terminal; return the exit code and what was said."""
    copy = tmp_path / "village"
    shutil.copytree(village, copy)
    monkeypatch.chdir(copy)
    monkeypatch.setattr(terminal, "_TTY", str(copy / "no terminal"))

    def misuse(arguments: str) -> tuple[int, str]:
        code = run("alice", f"-q {arguments}", NOW + timedelta(days=2))
        return code, capsys.readouterr().err

    return misuse


@pytest.mark.parametrize("arguments", MISUSES)
def test_an_error_says_what_is_wrong_with_what_and_how_it_is_mended(
    misuse: Callable[[str], tuple[int, str]], arguments: str
) -> None:
    code, said = misuse(arguments)
    expected_code, subject = MISUSES[arguments]
    message, *hints = said.splitlines()
    assert code == expected_code, said
    assert message.startswith("e2e: ")
    assert subject in message, said
    assert len(hints) == (arguments not in NEED_NO_HINT), said
    assert all(hint.startswith("     ") for hint in hints)
    assert hints or "error" not in message


@pytest.mark.parametrize("arguments", ADVICE)
def test_a_hint_is_what_mends_it(misuse: Callable[[str], tuple[int, str]], arguments: str) -> None:
    assert misuse(arguments)[1].splitlines()[1] == f"     {ADVICE[arguments]}"


@pytest.mark.parametrize(("path", "word"), PATHS_IN_HINTS.items())
def test_a_path_in_a_hint_can_be_pasted_into_a_shell(path: str, word: str) -> None:
    assert shell_path(path) == word
    assert Path(*shlex.split(word)) == Path(path)


def test_what_needs_no_hint_is_among_the_misuses() -> None:
    assert NEED_NO_HINT.keys() <= MISUSES.keys()
