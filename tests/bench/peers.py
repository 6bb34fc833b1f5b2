"""Other programs that do the same job, and join where they are installed."""

import shutil
import subprocess
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from tests.bench.timing import Command
from tests.interop import node

_SALTPACK = Path(__file__).with_name("saltpack_peer.mjs")


class Job(Enum):
    """What a program can be asked to do."""

    SEAL = "seal"
    OPEN = "open"
    SIGN = "sign"
    VERIFY = "verify"
    SIGN_DETACHED = "sign, detached"
    VERIFY_DETACHED = "verify, detached"


Arguments = Callable[[Path, Path], tuple[str | Path, ...]]
"""The command line for a document and the message (or signature) that is, or was, made of it.

SEAL and the two SIGN jobs write the message to standard output, the others what they read from it.
"""


class Peer(NamedTuple):
    """A program that was found."""

    name: str
    version: str
    remark: str
    jobs: Mapping[Job, Arguments]

    def command(self, job: Job, document: Path, message: Path) -> Command:
        """Return the command of a job."""
        return Command(tuple(map(str, self.jobs[job](document, message))))


class Peers(NamedTuple):
    """The programs that were found, and why the others were not: a reason for each name."""

    present: tuple[Peer, ...]
    absent: Mapping[str, str]


class PeerMissingError(Exception):
    """A program is not installed, or too different to be used."""


def find_peers(directory: Path, environment: Mapping[str, str], wanted: Collection[str]) -> Peers:
    """Look for the peers that are wanted, and give those that are there throw-away keys in `directory`."""
    present, absent = [], {}
    for name, prepare in PEERS.items():
        if name not in wanted:
            absent[name] = "left out"
            continue
        home = directory / name.partition("+")[0]
        home.mkdir(mode=0o700)
        try:
            present.append(prepare(_Shell(home, environment)))
        except PeerMissingError as error:
            absent[name] = str(error)
    return Peers(tuple(present), absent)


class _Shell(NamedTuple):
    """Runs what a peer needs to get ready."""

    home: Path
    environment: Mapping[str, str]

    def run(self, *argv: str | Path) -> str:
        if shutil.which(argv[0]) is None:
            raise PeerMissingError("not installed")
        done = subprocess.run(
            list(map(str, argv)),
            env=dict(self.environment),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
            raise PeerMissingError(f"“{' '.join(map(str, argv[:3]))}” failed: {reason}")
        return done.stdout or done.stderr


def _gpg(shell: _Shell) -> Peer:
    base = ("gpg", "--homedir", shell.home, "--batch", "--quiet", "--no-tty", "--trust-model", "always")
    version = shell.run("gpg", "--version").split()[2]
    for name in ("alice", "bob"):
        user = f"{name}@example.org"
        shell.run(*base, "--passphrase", "", "--quick-generate-key", user, "future-default", "default", "0")
    plain = (*base, "--compress-algo", "none", "-o", "-", "-u", "alice@example.org")
    return Peer(
        "gpg",
        version,
        "without compression; writes plaintext before it has seen the signature; no post-quantum keys",
        {
            Job.SEAL: lambda document, _: (*plain, "-r", "bob@example.org", "--sign", "--encrypt", document),
            Job.OPEN: lambda _, message: (*base, "-o", "-", "--decrypt", message),
            Job.SIGN: lambda document, _: (*plain, "--sign", document),
            Job.VERIFY: lambda _, message: (*base, "-o", "-", "--decrypt", message),
            Job.SIGN_DETACHED: lambda document, _: (*plain, "--detach-sign", document),
            Job.VERIFY_DETACHED: lambda document, message: (*base, "--verify", message, document),
        },
    )


def stop_gpg_agent(directory: Path, environment: Mapping[str, str]) -> None:
    """End the agent that gpg started for its throw-away home."""
    if shutil.which("gpgconf") is not None and (directory / "gpg").exists():
        ending = ["gpgconf", "--homedir", str(directory / "gpg"), "--kill", "all"]
        subprocess.run(ending, env=dict(environment), capture_output=True, check=False)


def _sq(shell: _Shell) -> Peer:
    version = shell.run("sq", "--version").split()[1]
    if not version.startswith("0."):
        raise PeerMissingError(f"version {version} has other options than the ones known here")
    alice, bob = shell.home / "alice.pgp", shell.home / "bob.pgp"
    for path in (alice, bob):
        shell.run("sq", "key", "generate", "--userid", f"<{path.stem}@example.org>", "--export", path)
    sign, verify = ("sq", "sign", "--binary", "--signer-key", alice), ("sq", "verify", "--signer-cert", alice)
    seal = ("sq", "encrypt", "--binary", "--compression", "none", "--signer-key", alice)
    return Peer(
        "sq",
        version,
        "without compression; no post-quantum keys",
        {
            Job.SEAL: lambda document, _: (*seal, "--recipient-cert", bob, document),
            Job.OPEN: lambda _, message: (
                *("sq", "decrypt", "--recipient-key", bob),
                *("--signer-cert", alice, message),
            ),
            Job.SIGN: lambda document, _: (*sign, document),
            Job.VERIFY: lambda _, message: (*verify, message),
            Job.SIGN_DETACHED: lambda document, _: (*sign, "--detached", document),
            Job.VERIFY_DETACHED: lambda document, message: (*verify, "--detached", message, document),
        },
    )


def _age(shell: _Shell) -> Peer:
    identity, secret, public = (shell.home / name for name in ("identity", "secret", "public"))
    version = shell.run("age", "--version").strip().removeprefix("v")
    shell.run("age-keygen", "-o", identity)
    recipient = shell.run("age-keygen", "-y", identity).strip()
    minisign_version = shell.run("minisign", "-v").split()[-1]
    shell.run("minisign", "-G", "-W", "-p", public, "-s", secret)
    # Arguments of the scripts: $1 document, $2 message, $3 key of the one, $4 key of the other.
    seal = 'minisign -S -q -s "$3" -m "$1" -x "$2.minisig" && exec age -r "$4" "$1"'
    open_ = 'age -d -i "$4" "$2" && exec minisign -V -q -p "$3" -m "$1" -x "$2.minisig"'
    return Peer(
        "age+minisign",
        f"{version}+{minisign_version}",
        "age doesn't sign, so minisign signs the document beside it: two passes, and the sender shows; "
        "opening verifies the document as it lies on the disk already; no attached signatures",
        {
            Job.SEAL: lambda document, message: (
                "sh",
                "-c",
                seal,
                "sh",
                document,
                message,
                secret,
                recipient,
            ),
            Job.OPEN: lambda document, message: (
                "sh",
                "-c",
                open_,
                "sh",
                document,
                message,
                public,
                identity,
            ),
            Job.SIGN_DETACHED: lambda document, _: (
                *("minisign", "-S", "-q", "-s", secret),
                *("-m", document, "-x", "/dev/stdout"),
            ),
            Job.VERIFY_DETACHED: lambda document, message: (
                *("minisign", "-V", "-q", "-p", public),
                *("-m", document, "-x", message),
            ),
        },
    )


def _npm(shell: _Shell) -> Peer:
    missing = node.missing()
    if missing is not None:
        raise PeerMissingError(missing)
    version = shell.run("node", _SALTPACK, "version").strip()

    def job(name: str) -> Arguments:
        return lambda document, message: ("node", _SALTPACK, name, document, message)

    return Peer(
        "npm saltpack",
        version,
        "holds the whole message in memory; no post-quantum recipients; JavaScript primitives on one core",
        {
            Job.SEAL: job("seal"),
            Job.OPEN: job("open"),
            Job.SIGN: job("sign"),
            Job.VERIFY: job("verify"),
            Job.SIGN_DETACHED: job("signDetached"),
            Job.VERIFY_DETACHED: job("verifyDetached"),
        },
    )


PEERS: Mapping[str, Callable[[_Shell], Peer]] = {
    "gpg": _gpg,
    "sq": _sq,
    "age+minisign": _age,
    "npm saltpack": _npm,
}
