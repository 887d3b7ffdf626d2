"""Guards and situations that all tests share."""

import os
import signal

import hypothesis
import pytest

from tests.situations import make_tiny

# A shell's background job ignores Ctrl-C, and so would every child; a handler of our own is not passed on to them.
signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("default", deadline=None, max_examples=60, derandomize=True)
hypothesis.settings.register_profile(
    "long",
    deadline=None,
    max_examples=20_000,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


_IDENTITY = "[user]\n\tname = A Tester\n\temail = tester@example.com\n[init]\n\tdefaultBranch = main\n"


def _keep_away(patch, home):
    """Make it impossible to touch the real home, the real git configuration or the repository around us."""
    settings = home / "gitconfig"
    settings.write_text(_IDENTITY)
    for name in list(os.environ):
        if name.startswith("GIT_"):
            patch.delenv(name)
    patch.setenv("HOME", str(home))
    patch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    # A child's torch must not use every core of a machine that runs several tests at once.
    patch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True, scope="session")
def _own_home_of_all(tmp_path_factory):
    """For what is made once for several tests."""
    with pytest.MonkeyPatch.context() as patch:
        _keep_away(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    _keep_away(monkeypatch, tmp_path_factory.mktemp("home"))


@pytest.fixture
def tiny(tmp_path):
    """A tiny project with everything committed."""
    return make_tiny(tmp_path / "repository")
