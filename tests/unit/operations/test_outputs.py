"""Where results go: whole or not at all, held back at first, and never over something by accident."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli import limits
from e2ecli.errors import DamagedError, E2EError, FileError, FileExistsAlreadyError
from e2ecli.operations.original_name import original_name
from e2ecli.operations.outputs import HeldStream, InputFiles, OutputFile

CHUNK = memoryview(bytes(limits.CHUNK_BYTES))
HELD_CHUNKS = limits.HELD_BACK_BYTES // limits.CHUNK_BYTES


class Counter:
    """A stream that counts what is written to it."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes | memoryview) -> None:
        self.bytes += len(data)


def test_invariant_1_nothing_of_16_mib_is_let_out_before_the_message_has_verified() -> None:
    stream = Counter()
    held = HeldStream(stream.write)
    for _ in range(HELD_CHUNKS):
        held.write(CHUNK)
    assert stream.bytes == 0
    held.commit()
    assert stream.bytes == limits.HELD_BACK_BYTES


def test_one_byte_more_lets_everything_out_and_what_follows_as_it_comes() -> None:
    stream = Counter()
    held = HeldStream(stream.write)
    for _ in range(HELD_CHUNKS):
        held.write(CHUNK)
    held.write(b"x")
    assert stream.bytes == limits.HELD_BACK_BYTES + 1
    held.write(b"y")
    assert stream.bytes == limits.HELD_BACK_BYTES + 2
    held.commit()
    assert stream.bytes == limits.HELD_BACK_BYTES + 2


def test_what_does_not_fit_is_let_out_behind_what_was_held() -> None:
    out = bytearray()
    held = HeldStream(out.extend)
    held.write(b"first ")
    held.write(b"second ")
    held.write(bytes(limits.HELD_BACK_BYTES))
    held.write(b"last")
    assert out == b"first second " + bytes(limits.HELD_BACK_BYTES) + b"last"


def test_what_alone_is_too_much_to_hold_is_let_out_at_once() -> None:
    out = bytearray()
    held = HeldStream(out.extend)
    held.write(bytes(limits.HELD_BACK_BYTES + 1))
    assert out == bytes(limits.HELD_BACK_BYTES + 1)
    held.commit()
    assert out == bytes(limits.HELD_BACK_BYTES + 1)


def test_a_buffer_that_is_used_again_does_not_change_what_is_held() -> None:
    out = bytearray()
    held = HeldStream(out.extend)
    buffer = bytearray(b"first ")
    held.write(memoryview(buffer))
    buffer[:] = b"second"
    held.write(memoryview(buffer))
    held.commit()
    assert out == b"first second"


@given(st.lists(st.binary(max_size=10)))
def test_everything_comes_out_once_and_in_order(chunks: list[bytes]) -> None:
    out = bytearray()
    held = HeldStream(out.extend)
    for chunk in chunks:
        held.write(chunk)
    assert out == b""
    held.commit()
    assert out == b"".join(chunks)


def write(output: OutputFile, data: bytes = b"new") -> None:
    with output.open() as file:
        file.write(data)
        file.commit()


def test_a_new_file_is_written(tmp_path: Path) -> None:
    write(OutputFile(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == b"new"


def test_a_file_that_is_not_committed_is_not_there(tmp_path: Path) -> None:
    with OutputFile(tmp_path / "out").open() as file:
        file.write(b"half")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_not_overwritten_by_accident(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsAlreadyError) as raised:
        write(OutputFile(path))
    assert raised.value.hint == "overwrite it with -f"
    assert path.read_bytes() == b"old"


def test_an_existing_file_is_overwritten_on_request(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    write(OutputFile(path, overwrite=True))
    assert path.read_bytes() == b"new"


def test_a_file_that_took_the_name_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with pytest.raises(FileError), OutputFile(path).open() as file:
        file.write(b"ours")
        path.write_bytes(b"theirs")
        file.commit()
    assert path.read_bytes() == b"theirs"


@pytest.mark.parametrize("link", ["the file itself", "a hard link", "a symbolic link", "another spelling"])
def test_an_input_is_never_the_output_even_on_request(tmp_path: Path, link: str) -> None:
    path, out = tmp_path / "in", tmp_path / "out"
    path.write_bytes(b"input")
    if link == "a hard link":
        out.hardlink_to(path)
    elif link == "a symbolic link":
        out.symlink_to(path)
    else:
        out = path if link == "the file itself" else tmp_path / "." / ".." / tmp_path.name / "in"
    with pytest.raises(FileExistsAlreadyError, match="is the input itself"):
        write(OutputFile(out, overwrite=True, inputs=InputFiles((tmp_path / "other", path))))
    assert path.read_bytes() == b"input"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_directory_is_no_file(tmp_path: Path, overwrite: bool) -> None:
    with pytest.raises(FileError, match="is a directory"):
        write(OutputFile(tmp_path, overwrite))


@pytest.mark.parametrize("path", ["none/out", "file/out"])
def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match=path):
        write(OutputFile(tmp_path / path))


def test_a_device_is_written_to_as_it_is() -> None:
    output = OutputFile(Path(os.devnull))
    assert output.is_special()
    write(output)
    assert Path(os.devnull).is_char_device()


def test_a_fifo_gets_the_content_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with OutputFile(path).open() as file:
        file.write(b"whole")
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
        file.commit()
        assert os.read(reader, 10) == b"whole"
    os.close(reader)
    assert path.is_fifo()


def test_an_output_is_private_where_that_is_asked_for(tmp_path: Path) -> None:
    with OutputFile(tmp_path / "words").open(mode=0o600) as file:
        file.commit()
    assert (tmp_path / "words").stat().st_mode & 0o777 == 0o600


# Names from messages (section 2.4 of the design)


@pytest.mark.parametrize(
    "name",
    [
        "report.pdf",
        "a",
        "Zoë’s notes.txt",
        "爱丽丝.txt",
        "no extension",
        "a..b",
        "~",
        "é" * 127,
        "a" * 255,
        "😀",
    ],
)
def test_a_plain_name_may_be_used(name: str) -> None:
    assert original_name(name) == name


HOSTILE_NAMES = {
    "nothing": "",
    "the directory": ".",
    "the directory above": "..",
    "a hidden file": ".bashrc",
    "an absolute path": "/etc/passwd",
    "a path": "a/b",
    "a path upwards": "../a",
    "a Windows path": "a\\b",
    "a null": "a\0b",
    "a line's end": "a\nb",
    "an escape sequence": "a\x1b[2J",
    "a C1 control": "a\x9bb",
    "a bidirectional override": "a\u202etxt.exe",
    "an invisible character": "a\u200bb",
    "a byte-order mark": "\ufeffa",
    "a line separator": "a\u2028b",
    "a paragraph separator": "a\u2029b",
    "a surrogate": "a\ud800b",
    "a private character": "a\ue000b",
    "an unassigned character": "a\u0378b",
    "a space before": " a",
    "a space after": "a ",
    "a no-break space after": "a\xa0",
    "256 bytes": "a" * 256,
    "256 bytes in fewer characters": "é" * 128,
}


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES.keys())
def test_a_hostile_name_is_refused(name: str) -> None:
    with pytest.raises(DamagedError) as raised:
        original_name(name)
    assert raised.value.hint == "choose one with -o FILE"


def test_a_message_without_a_name_needs_one() -> None:
    with pytest.raises(FileError, match="no file name"):
        original_name(None)


@given(st.text(st.characters()))
def test_any_name_is_a_base_name_or_an_error(name: str) -> None:
    try:
        used = original_name(name)
    except E2EError:
        return
    assert (Path("directory") / used).parent == Path("directory")
    assert Path(used).name == used
    assert not used.startswith(".")
