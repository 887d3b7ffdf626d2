import fcntl
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from doctool.system.files import write_all, write_bytes
from doctool.system.temporaries import make_temporary, writing_in

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="directories cannot be locked there")


def leave_behind(target):
    descriptor, temporary = make_temporary(target)
    os.close(descriptor)
    return temporary


def test_the_next_write_clears_what_was_left_beside_any_file(tmp_path):
    left = leave_behind(tmp_path / "a.md"), leave_behind(tmp_path / "naïve\nname.md")
    write_bytes(tmp_path / "b.md", b"new")
    assert not any(path.exists() for path in left)
    assert [path.name for path in tmp_path.iterdir()] == ["b.md"]


def test_what_only_looks_like_it_stays(tmp_path):
    (tmp_path / "folder").mkdir()
    mine = [
        ".a.md.doctool",
        "a.md.abcdefgh.doctool",
        ".a.md.abcdefgh.doctool.txt",
        ".a.md.abcdefg-.doctool",
        ".doctool",
    ]
    for name in mine:
        (tmp_path / name).write_bytes(b"mine")
    (tmp_path / ".a.md.abcdefgh.doctool").mkdir()
    (tmp_path / ".b.md.abcdefgh.doctool").symlink_to("folder")
    before = sorted(path.name for path in tmp_path.iterdir())
    left = leave_behind(tmp_path / "a.md")
    write_bytes(tmp_path / "b.md", b"new")
    assert not left.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "b.md"])


def test_nothing_is_cleared_while_another_doctool_writes_there(tmp_path):
    program = (
        "import sys\nfrom pathlib import Path\nfrom doctool.system.temporaries import make_temporary, writing_in\n"
        "target = Path(sys.argv[1])\nwith writing_in([target.parent]):\n"
        "    print(make_temporary(target)[1], flush=True)\n    sys.stdin.read()"
    )
    argv = [sys.executable, "-c", program, str(tmp_path / "a.md")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        temporary = Path(other.stdout.readline().removesuffix("\n"))
        write_bytes(tmp_path / "b.md", b"new")
        assert temporary.exists()
        other.stdin.close()
        assert other.wait() == 0
    write_bytes(tmp_path / "b.md", b"newer")
    assert not temporary.exists()


def test_many_writers_in_one_directory_lose_nothing(tmp_path):
    program = (
        "import sys\nfrom pathlib import Path\nfrom doctool.system.files import write_all\n"
        "for number in range(200):\n"
        "    write_all({Path(name): b'%d' % number for name in sys.argv[1:]})"
    )
    names = [[str(tmp_path / f"{writer}{n}.md") for n in range(2)] for writer in range(4)]
    writers = [
        subprocess.Popen([sys.executable, "-c", program, *mine], stderr=subprocess.PIPE, text=True, cwd=ROOT)
        for mine in names
    ]
    assert [(writer.communicate()[1], writer.returncode) for writer in writers] == [("", 0)] * 4
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {Path(name).name: b"199" for mine in names for name in mine}


def test_another_programs_lock_on_the_directory_is_no_hindrance(tmp_path):
    """As `flock docs doctool refresh --all` has it."""
    left = leave_behind(tmp_path / "a.md")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        write_bytes(tmp_path / "a.md", b"new")
    finally:
        os.close(descriptor)
    assert (tmp_path / "a.md").read_bytes() == b"new"
    assert left.exists()


def test_writing_within_writing_keeps_both(tmp_path):
    with writing_in([tmp_path]):
        temporary = leave_behind(tmp_path / "a.md")
        write_bytes(tmp_path / "b.md", b"new")
        assert temporary.exists()


def test_more_directories_than_files_may_be_open(tmp_path):
    program = (
        "import resource, sys\nfrom pathlib import Path\nfrom doctool.system.files import write_all\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (120, 120))\n"
        "write_all({path / 'a.md': b'new' for path in Path(sys.argv[1]).iterdir()})"
    )
    places = [tmp_path / str(number) for number in range(150)]
    with ExitStack() as stack:
        for place in places:
            place.mkdir()
            # Beside another writer there is nothing to clear, and nothing stops at the directory that it cannot list.
            descriptor = os.open(place, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, cwd=ROOT)
    assert all((place / "a.md").read_bytes() == b"new" for place in places)


def test_a_directory_that_cannot_be_read_is_written(tmp_path):
    place = tmp_path / "docs"
    place.mkdir()
    place.chmod(0o300)
    try:
        write_all({place / "a.md": b"new"})
        assert (place / "a.md").read_bytes() == b"new"
    finally:
        place.chmod(0o700)
