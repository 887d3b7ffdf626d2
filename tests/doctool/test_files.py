import os
import signal
import subprocess
import sys
import time

import pytest

from doctool.errors import DoctoolError
from doctool.files import write_all, write_bytes


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
from doctool.files import write_all
a, b = Path(sys.argv[1]), Path(sys.argv[2])
number = 0
print("ready", flush=True)
while True:
    number += 1
    data = (b"%d " % number) * 20000
    write_all({a: data, b: data})
"""


@pytest.mark.parametrize("_", range(8))
def test_a_killed_writer_leaves_the_old_or_the_new_content(tmp_path, _):
    """Each file is whole at every moment, whenever the process dies."""
    a, b = tmp_path / "a", tmp_path / "b"
    for path in (a, b):
        path.write_bytes(b"0 " * 20000)
    with subprocess.Popen([sys.executable, "-c", WRITER, str(a), str(b)], stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        time.sleep(0.01 + 0.013 * (os.getpid() % 7))
        writer.send_signal(signal.SIGKILL)
    for path in (a, b):
        words = path.read_bytes().split()
        assert len(words) == 20000
        assert len(set(words)) == 1
