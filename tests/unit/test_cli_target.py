"""Files that commands write: complete or absent, whatever the target is. Nothing else is lost."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
import tty
from pathlib import Path

import pytest
from indelible.cli.target import writing_to
from indelible.errors import IndelibleError

CONTENT = b"one line\n" * 1_000


def write(out: Path, *, force: bool = False, failure: type[BaseException] | None = None) -> None:
    with writing_to(out, force=force) as stream:
        stream.write(CONTENT)
        if failure:
            raise failure


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    out = tmp_path / "chain.ndjson.gz"
    with writing_to(out, force=False) as stream:
        stream.write(CONTENT)
        stream.flush()
        assert not out.exists()
    assert out.read_bytes() == CONTENT
    assert [*tmp_path.iterdir()] == [out]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, IndelibleError, ValueError])
def test_a_failure_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    out = tmp_path / "chain.ndjson.gz"
    out.write_bytes(b"before")
    with pytest.raises(failure):
        write(out, force=True, failure=failure)
    assert out.read_bytes() == b"before"
    assert [*tmp_path.iterdir()] == [out]


def test_an_existing_file_is_replaced_only_by_force_and_keeps_its_permissions(
    tmp_path: Path,
) -> None:
    out = tmp_path / "chain.ndjson.gz"
    out.write_bytes(b"before")
    out.chmod(0o640)
    with pytest.raises(IndelibleError, match="already exists"):
        write(out)
    assert out.read_bytes() == b"before"
    write(out, force=True)
    assert out.read_bytes() == CONTENT
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "chain.ndjson.gz"
    writing = writing_to(out, force=False)
    writing.__enter__().write(CONTENT)
    out.write_bytes(b"theirs")
    with pytest.raises(IndelibleError, match=r"chain.ndjson.gz cannot be written: File exists\."):
        writing.__exit__(None, None, None)
    assert out.read_bytes() == b"theirs"
    assert [*tmp_path.iterdir()] == [out]


def test_a_bug_in_what_is_written_is_not_blamed_on_links(tmp_path: Path) -> None:
    with pytest.raises(RecursionError):
        write(tmp_path / "chain.ndjson.gz", failure=RecursionError)
    assert [*tmp_path.iterdir()] == []


def test_files_of_others_that_are_called_unfinished_stay(tmp_path: Path) -> None:
    theirs = tmp_path / "chain.ndjson.gz.unfinished"
    theirs.write_bytes(b"theirs")
    write(tmp_path / "chain.ndjson.gz")
    assert theirs.read_bytes() == b"theirs"


def test_a_missing_folder_and_a_folder_are_refused_with_a_sentence(tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "chain.ndjson.gz"
    with pytest.raises(IndelibleError, match=r"chain.ndjson.gz cannot be written: No such file"):
        write(absent)
    with pytest.raises(IndelibleError, match=r"is a folder\. Name a file"):
        write(tmp_path, force=True)
    assert [*tmp_path.iterdir()] == []


def test_a_name_that_no_file_can_have_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"before")
    for out, reason in (
        (file / "chain.ndjson.gz", "Not a directory"),
        (tmp_path / ("n" * 300), "File name too long"),
    ):
        with pytest.raises(IndelibleError, match=f"cannot be written: {reason}"):
            write(out, force=True)
    assert [*tmp_path.iterdir()] == [file]
    assert file.read_bytes() == b"before"


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    target, link = folder / "target", tmp_path / "link"
    if exists:
        target.write_bytes(b"before")
    link.symlink_to(target)
    write(link, force=exists)
    assert link.is_symlink()
    assert target.read_bytes() == CONTENT
    assert [*folder.iterdir()] == [target]


def test_links_in_a_circle_are_refused_with_a_sentence(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.symlink_to(second)
    second.symlink_to(first)
    with pytest.raises(IndelibleError, match="first cannot be written"):
        write(first, force=True)
    assert first.is_symlink()


def test_a_pipe_is_written_as_it_is_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe, received = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    with pytest.raises(IndelibleError, match="already exists"):
        write(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    write(pipe, force=True)
    reader.join(timeout=60)
    assert received == [CONTENT]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [*tmp_path.iterdir()] == [pipe]


def test_a_socket_is_refused_with_a_sentence_and_stays(tmp_path: Path) -> None:
    out = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(out))
        with pytest.raises(IndelibleError, match="cannot be written: No such device or address"):
            write(out, force=True)
    assert stat.S_ISSOCK(out.stat().st_mode)
    assert [*tmp_path.iterdir()] == [out]


def test_a_device_is_written_as_it_is_and_stays_a_device(tmp_path: Path) -> None:
    """A terminal stands for every device: no program can remove it, not even a wrong one of ours.

    A link to it is followed, and stays too.
    """
    controller, terminal = os.openpty()
    tty.setraw(terminal)
    link = tmp_path / "link"
    link.symlink_to(os.ttyname(terminal))
    for out in (Path(os.ttyname(terminal)), link):
        with writing_to(out, force=True) as stream:
            stream.write(b"one line\n")
        assert os.read(controller, 100) == b"one line\n"
        assert stat.S_ISCHR(out.stat().st_mode)
    assert link.is_symlink()
    assert [*tmp_path.iterdir()] == [link]
    os.close(controller)
    os.close(terminal)


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    imports = "import sys\nfrom pathlib import Path\nfrom indelible.cli.target import writing_to\n"
    command = [sys.executable, "-c", imports + program, *arguments]
    return subprocess.run(command, capture_output=True, check=False)


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    out = tmp_path / "chain.ndjson.gz"
    done = run(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "with writing_to(Path(sys.argv[1]), force=False) as stream: stream.write(b'x' * 100_000)",
        str(out),
    )
    assert b"chain.ndjson.gz cannot be written: File too large." in done.stderr
    assert [*tmp_path.iterdir()] == []


def test_a_dash_is_standard_output_and_no_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from pathlib import Path\nfrom indelible.cli.target import writing_to\n"
            "with writing_to(Path('-'), force=False) as stream: stream.write(bytes(range(256)))",
        ],
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stdout == bytes(range(256))
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("force", [False, True])
def test_a_terminal_gets_a_file_only_by_force(force: bool) -> None:
    """Events may have characters that control a terminal, and so may compressed bytes."""
    terminal, stdout = os.openpty()
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from pathlib import Path\nfrom indelible.cli.target import writing_to\n"
            f"with writing_to(Path('-'), force={force}) as stream: stream.write(b'clear: \\x1bc')",
        ],
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.write(stdout, b"the end")
    written = b""
    while not written.endswith(b"the end"):
        written += os.read(terminal, 1_000)
    os.close(stdout)
    os.close(terminal)
    assert written == (b"clear: \x1bcthe end" if force else b"the end")
    assert (b"Standard output is a terminal. Pipe it on" in done.stderr) is not force
