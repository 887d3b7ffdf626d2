"""Signatures of records, by the real OpenSSH."""

import json
import shutil
import subprocess

import pytest

from doctool.errors import RecordError
from doctool.project import find_project
from doctool.records import encode, signing
from doctool.records.store import signature_path
from tests.forged import forge, save
from tests.situations import git, run_here

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed")


def make_key(place):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place)], check=True)
    return place.with_name(f"{place.name}.pub").read_text().rsplit(" ", 1)[0]


@pytest.fixture
def signed(tiny, tmp_path):
    """A project that knows one machine, with a record of its and the key of another."""
    public = make_key(tmp_path / "key")
    make_key(tmp_path / "stranger")
    git(tiny.root, "config", "gpg.format", "ssh")
    git(tiny.root, "config", "user.signingKey", str(tmp_path / "key"))
    tiny.write("signers", f'bench@example.com namespaces="{signing.NAMESPACE}" {public}\n')
    settings = tiny.root / "doctool.yaml"
    settings.write_text(settings.read_text() + "release: {signers: signers}\n")
    record = forge(tiny.root, commit=None)
    path = find_project(tiny.root).records.save(record)
    signature_path(path).write_bytes(signing.sign(encode(record), str(tmp_path / "key")))
    return tiny, path


def verify(project, path, *options):
    return run_here(project.root, "verify", *options, path)


def test_a_signature_names_the_machine(signed):
    project, path = signed
    done = verify(project, path, "--signed")
    assert (done.returncode, done.stdout) == (0, f"{path}: holds, signed by bench@example.com\n")


def test_a_public_key_itself_is_a_key_as_in_git(signed, tmp_path):
    public = (tmp_path / "key.pub").read_text()
    with pytest.raises(RecordError, match="cannot be signed"):  # there is no agent that has the other half
        signing.sign(b"x", f"key::{public.strip()}")


def test_a_seal_made_afresh_does_not_pass_for_a_signature(signed):
    """Records are claims: a changed one can be sealed again by anybody, but not signed."""
    project, path = signed
    other = forge(project.root, ratio=0.5, seed=2)
    forged = save(other, path.with_name(f"fast-step-{other.id}.json"))
    assert verify(project, forged).returncode == 0
    assert "not signed" in verify(project, forged, "--signed").stdout
    signature_path(forged).write_bytes(signature_path(path).read_bytes())
    done = verify(project, forged, "--signed")
    assert done.returncode == RecordError.exit_code
    assert "does not hold" in done.stdout


def test_a_stranger_is_nobody(signed, tmp_path):
    project, path = signed
    signature_path(path).write_bytes(signing.sign(path.read_bytes(), str(tmp_path / "stranger")))
    done = verify(project, path, "--signed")
    assert done.returncode == RecordError.exit_code
    assert "not among those who may" in done.stdout


def test_a_signature_for_something_else_does_not_count(signed, tmp_path):
    project, path = signed
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-q", "-n", "git", "-f", str(tmp_path / "key"), str(path)],
        check=True,
        capture_output=True,
        input=b"y\n",
    )
    assert verify(project, path, "--signed").returncode == RecordError.exit_code


@pytest.mark.parametrize(
    "damage", [b"", b"garbage", b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"]
)
def test_a_damaged_signature_is_refused(signed, damage):
    project, path = signed
    signature_path(path).write_bytes(damage)
    assert verify(project, path, "--signed").returncode == RecordError.exit_code


def test_the_list_of_a_protected_branch_can_be_asked_instead(signed, tmp_path):
    project, path = signed
    (tmp_path / "others").write_text(f"other@example.com {(tmp_path / 'stranger.pub').read_text()}")
    assert verify(project, path, "--signers", tmp_path / "others").returncode == RecordError.exit_code
    assert verify(project, path, "--signers", project.root / "signers").returncode == 0


def test_who_may_sign_must_be_known(tiny):
    path = find_project(tiny.root).records.save(forge(tiny.root))
    done = verify(tiny, path, "--signed")
    assert done.returncode == 2
    assert "release: {signers: FILE}" in done.stderr


def test_a_key_is_needed_to_sign(tiny):
    done = run_here(tiny.root, "measure", "fast", "--sign")
    assert done.returncode == 2
    assert "gpg.format" in done.stderr


def test_a_refusal_is_signed_as_it_is_saved_and_a_release_asks_for_it(signed):
    project, _ = signed
    project.commit()
    done = run_here(project.root, "measure", "ghost", "--sign", "--json")
    assert done.returncode == 0, done.stderr
    (name,) = json.loads(done.stdout)["records"]
    assert verify(project, project.root / name, "--signed").returncode == 0


def test_a_release_finds_what_nobody_known_has_signed(signed):
    project, path = signed
    brought = ("--records", path)
    assert run_here(project.root, "refresh", "docs/PERF.md", "--no-commit", *brought).returncode == 0
    project.commit()
    done = run_here(project.root, "check", "--release", "--json")
    assert "unsigned" not in done.stdout, done.stdout
    signature_path(path).unlink()
    findings = json.loads(run_here(project.root, "check", "--release", "--json").stdout)["findings"]
    assert [one["state"] for one in findings if one["state"] == "unsigned"], findings
