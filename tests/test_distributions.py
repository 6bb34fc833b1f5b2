"""Wheel and source distribution are whole and reproducible; pages and completions have their places."""

import subprocess
import tomllib
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from tests.distributions import COMPLETIONS, PAGES, ROOT, check_sdist, check_wheel

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def built(builder: type[SdistBuilder | WheelBuilder], directory: Path) -> Path:
    """Return a distribution, built anew."""
    (path,) = builder(str(ROOT)).build(directory=str(directory), versions=["standard"])
    return Path(path)


@pytest.fixture(autouse=True)
def a_point_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795000000")


def test_the_wheel_holds_what_it_must_and_is_reproducible(tmp_path: Path) -> None:
    first, again = (built(WheelBuilder, tmp_path / name) for name in ("first", "again"))
    check_wheel(first)
    assert first.read_bytes() == again.read_bytes()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="what belongs in the sources, version control says")
def test_the_source_distribution_holds_what_it_must_and_is_reproducible(tmp_path: Path) -> None:
    first, again = (built(SdistBuilder, tmp_path / name) for name in ("first", "again"))
    check_sdist(first)
    assert first.read_bytes() == again.read_bytes()


def test_every_page_and_completion_has_its_usual_place() -> None:
    places = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    pages = {f"man/{page.name}": f"share/man/man{page.suffix[1:]}/{page.name}" for page in PAGES}
    scripts = {f"completions/{of}": f"share/{at}" for at, of in COMPLETIONS.items()}
    assert places == pages | scripts


def test_nothing_that_is_published_is_ignored_by_version_control() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone")
    names = [str(path.relative_to(ROOT)) for path in (*PAGES, *(ROOT / "completions").iterdir())]
    ignored = subprocess.run(
        ["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ignored.stdout == ""
