import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctool.errors import DoctoolError
from doctool.system.files import write_all, write_bytes

ROOT = Path(__file__).parents[3]


def test_content_is_replaced_whole(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(b"old")
    write_bytes(path, b"new\r\n\xff")
    assert path.read_bytes() == b"new\r\n\xff"
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_permissions_stay(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_bytes(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").write_bytes(b"")
    write_bytes(tmp_path / "new", b"x")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.md").write_bytes(b"old")
    (tmp_path / "link.md").symlink_to("real.md")
    write_bytes(tmp_path / "link.md", b"new")
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_bytes() == b"new"


def test_one_bad_place_leaves_all_files_as_they_were(tmp_path):
    (tmp_path / "a.md").write_bytes(b"old")
    with pytest.raises(DoctoolError, match="nothing was changed"):
        write_all({tmp_path / "a.md": b"new", tmp_path / "missing" / "b.md": b"new"})
    assert (tmp_path / "a.md").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_a_failed_switch_is_taken_back(tmp_path):
    (tmp_path / "a.md").write_bytes(b"old")
    (tmp_path / "b.md").mkdir()
    (tmp_path / "b.md" / "x").write_bytes(b"")
    with pytest.raises(DoctoolError):
        write_all({tmp_path / "a.md": b"new", tmp_path / "b.md": b"new"})
    assert (tmp_path / "a.md").read_bytes() == b"old"


WRITER = """
import sys
from pathlib import Path
from doctool.system.files import write_all
a, b = Path(sys.argv[1]), Path(sys.argv[2])
number = int(sys.argv[3])
print("ready", flush=True)
while True:
    number += 1
    data = (b"%d " % number) * 20000
    write_all({a: data, b: data})
"""


def kill_a_writer(directory, rng):
    """Kill a process that rewrites two files over and over, at a random moment, and look at what it left.

    Returns:
        How often it had written, and how many temporary files it left.
    """
    a, b = directory / "a", directory / "b"
    start = int(a.read_bytes().split()[0])
    argv = [sys.executable, "-S", "-c", WRITER, str(a), str(b), str(start)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT) as writer:
        writer.stdout.readline()
        time.sleep(rng.uniform(0, 0.02))
        writer.send_signal(signal.SIGKILL)
    for path in (a, b):
        words = path.read_bytes().split()
        assert (len(words), len(set(words))) == (20000, 1)
    return int(a.read_bytes().split()[0]) - start, len(temporaries(directory))


def temporaries(directory):
    return [path.name for path in directory.iterdir() if path.suffix == ".doctool"]


def kill_writers(directory, count):
    for name in ("a", "b"):
        (directory / name).write_bytes(b"0 " * 20000)
    rng = random.Random(count)
    written, left = zip(*(kill_a_writer(directory, rng) for _ in range(count)), strict=True)
    # The kills must have come while there was writing to interrupt.
    assert sum(written) > count // 4
    assert any(left), "no kill came between the first byte and the rename"
    # Each writer has cleared what the one before it left.
    assert max(left) <= 2
    write_bytes(directory / "c", b"")
    assert temporaries(directory) == []


def test_killed_writers_leave_the_old_or_the_new_content(tmp_path):
    """Each file is whole at every moment, whenever the process dies."""
    kill_writers(tmp_path, 12)


@pytest.mark.long
def test_five_hundred_killed_writers_leave_whole_files(tmp_path):
    kill_writers(tmp_path, 500)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one mebibyte."""
    place = tmp_path / "disk"
    place.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    mounted = subprocess.run(argv, check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_every_file_as_it_was(small_disk):
    a, b = small_disk / "a.md", small_disk / "b.md"
    for path in (a, b):
        path.write_bytes(b"old")
    with pytest.raises(DoctoolError, match="No space left on device; nothing was changed") as caught:
        write_all({a: b"new" * 100_000, b: b"new" * 400_000})
    assert caught.value.file == str(b)
    assert [path.read_bytes() for path in (a, b)] == [b"old", b"old"]
    assert sorted(path.name for path in small_disk.iterdir()) == ["a.md", "b.md"]
    write_all({a: b"new", b: b"new"})
    assert [path.read_bytes() for path in (a, b)] == [b"new", b"new"]


def test_a_limit_on_the_size_of_files_leaves_every_file_as_it_was(tmp_path):
    """As a full disk, where none can be made."""
    (tmp_path / "a.md").write_bytes(b"old")
    program = (
        "import resource, signal, sys\nfrom pathlib import Path\nfrom doctool.system.files import write_bytes\n"
        "from doctool.errors import DoctoolError\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    write_bytes(Path(sys.argv[1]), b'new' * 1000)\n"
        "except DoctoolError as problem:\n    print(problem)"
    )
    argv = [sys.executable, "-c", program, str(tmp_path / "a.md")]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=ROOT)
    assert "nothing was changed" in done.stdout
    assert (tmp_path / "a.md").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]
