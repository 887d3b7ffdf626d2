"""Signatures of records, made and checked by OpenSSH as git's own are.

A record says what was measured; its signature says who says so. `ssh-keygen` does all of it: doctool has no
cryptography of its own, and sees no private key. What is signed are the bytes that doctool writes for a record, which
are the bytes of its file wherever nothing has laid them out anew.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from doctool.errors import ProcessError, RecordError, UsageError
from doctool.system import process

NAMESPACE = "doctool-record"
"""What the signature is for, so that one made for something else does not pass for it."""
_LITERAL = ("key::", "ssh-", "ecdsa-", "sk-")
_MOST_S = 120.0
"""A key may want to be touched."""


def sign(data: bytes, key: str) -> bytes:
    """Return the signature of a record's bytes.

    Args:
        data: The bytes, as `encode` gives them.
        key: What git's `user.signingKey` may be with `gpg.format=ssh`: the file of a private key, that of a public key
            whose other half an agent has, or such a public key itself.

    Raises:
        RecordError: If it cannot be signed.
        UsageError: If OpenSSH is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="doctool-key-") as directory:
        file = os.path.expanduser(key)  # noqa: PTH111 - as git does
        if key.startswith(_LITERAL):
            file = str(Path(directory, "key.pub"))
            Path(file).write_text(key.removeprefix("key::") + "\n", encoding="utf-8")
        return _run(("-Y", "sign", "-n", NAMESPACE, "-f", file), data, "cannot be signed")


def signer_of(data: bytes, signature: bytes, signers: bytes) -> str:
    """Return who signed a record.

    Args:
        data: Its bytes, as `encode` gives them.
        signature: What `sign` returned.
        signers: Who may sign: the text of an `allowed_signers` file of OpenSSH.

    Raises:
        RecordError: If the signature is of none of them, or not of these bytes.
        UsageError: If OpenSSH is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="doctool-signers-") as directory:
        Path(directory, "signature").write_bytes(signature)
        Path(directory, "signers").write_bytes(signers)
        files = ("-s", str(Path(directory, "signature")), "-f", str(Path(directory, "signers")))
        found = _run(("-Y", "find-principals", *files), b"", "its signer is not among those who may sign")
        problem = RecordError("its signer is not among those who may sign")
        for name in found.decode("utf-8", "replace").splitlines():
            try:
                _run(
                    ("-Y", "verify", *files, "-n", NAMESPACE, "-I", name),
                    data,
                    f"the signature of {name} does not hold",
                )
            except RecordError as refused:
                problem = refused
            else:
                return name
        raise problem


def _run(arguments: tuple[str, ...], stdin: bytes, refusal: str) -> bytes:
    if shutil.which("ssh-keygen") is None:
        raise UsageError("signatures need `ssh-keygen`, which is not on the PATH; install OpenSSH 8.2 or newer")
    try:
        return process.run(("ssh-keygen", *arguments), stdin=stdin, timeout_s=_MOST_S).stdout
    except ProcessError as problem:
        said = (problem.stderr or problem.output).strip().splitlines()
        raise RecordError(f"{refusal} ({said[-1] if said else problem.message})") from problem
