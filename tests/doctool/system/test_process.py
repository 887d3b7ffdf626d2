import os
import sys
import time
from pathlib import Path

import pytest

from doctool.errors import ProcessError
from doctool.system import process


def python(program, **options):
    return process.run([sys.executable, "-c", program], **options)


def test_output_comes_back_as_bytes():
    done = python("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])", stdin=b"\xff\x00a")
    assert (done.returncode, done.stdout) == (0, b"a\x00\xff")


def test_a_failure_carries_its_last_words():
    with pytest.raises(ProcessError, match="ended with exit code 3:\nboom") as caught:
        python("import sys; sys.stderr.write('boom'); sys.exit(3)")
    assert caught.value.returncode == 3


def test_a_failure_may_be_an_answer():
    assert python("raise SystemExit(4)", check=False).returncode == 4


def test_a_missing_program_is_an_error():
    with pytest.raises(ProcessError, match="cannot be started"):
        process.run(["no-such-program-anywhere"])


def test_the_time_limit_ends_grandchildren_too(tmp_path):
    child = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(ProcessError, match="did not end within"):
        python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])", timeout_s=3)
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.05)
    os.kill(pid, 9)
    pytest.fail("the grandchild outlived its time limit")
