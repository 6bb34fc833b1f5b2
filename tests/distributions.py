"""What wheel and source distribution must hold: `python -m tests.distributions DIRECTORY` checks it."""

import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "man").glob("*.[1-9]"))
COMPLETIONS = {
    "bash-completion/completions/e2e": "e2e.bash",
    "zsh/site-functions/_e2e": "_e2e",
    "fish/vendor_completions.d/e2e.fish": "e2e.fish",
}


def expected_in_wheel() -> dict[str, Path]:
    """Return the files that a wheel must hold, `{data}` for its shared data, and where each comes from."""
    package = {
        str(path.relative_to(ROOT)): path
        for path in (ROOT / "e2ecli").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    within = {f"e2ecli/man/{page.name}": page for page in PAGES}
    shared = {f"{{data}}/data/share/man/man{page.suffix[1:]}/{page.name}": page for page in PAGES}
    scripts = {f"{{data}}/data/share/{at}": ROOT / "completions" / of for at, of in COMPLETIONS.items()}
    return package | within | shared | scripts


def check_wheel(path: Path) -> None:
    """Check that a wheel holds the package, the manual, the completions and the licence, and no more."""
    with zipfile.ZipFile(path) as wheel:
        held = {name: wheel.read(name) for name in wheel.namelist()}
    stem = "-".join(path.name.split("-")[:2])
    wanted = {at.format(data=f"{stem}.data"): file for at, file in expected_in_wheel().items()}
    about = {
        f"{stem}.dist-info/{name}"
        for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }
    assert set(held) == set(wanted) | about, sorted(set(held) ^ (set(wanted) | about))
    assert "e2ecli/py.typed" in held
    for name, file in wanted.items():
        assert held[name] == file.read_bytes(), name
    check_metadata(held[f"{stem}.dist-info/METADATA"])


def check_metadata(data: bytes) -> None:
    """Check that the metadata say what the package is."""
    metadata = message_from_bytes(data)
    for field in ("Name", "Version", "Summary", "License-Expression", "Requires-Python", "Keywords"):
        assert metadata[field], field
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert str(metadata.get_payload()).startswith("# e2e")


def check_sdist(path: Path) -> None:
    """Check that a source distribution holds all that is under version control, and no more."""
    with tarfile.open(path) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    assert held == wanted | {"PKG-INFO"}, sorted(held ^ (wanted | {"PKG-INFO"}))


def main(directory: Path) -> None:
    """Check the distributions in a directory."""
    (wheel,) = directory.glob("*.whl")
    (sdist,) = directory.glob("*.tar.gz")
    check_wheel(wheel)
    check_sdist(sdist)
    print(f"{wheel.name} and {sdist.name} hold what they must")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
