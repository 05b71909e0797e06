"""Every maker of sha256 gives the same, and the quick start of a few recipes does without OpenSSL."""

from __future__ import annotations

import hashlib
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from r1c import digest


def says(calls: str) -> str:
    code = f"import sys; from r1c import digest; {calls}; print('_hashlib' in sys.modules)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_all_makers_agree(parts: list[bytes]) -> None:
    wanted = hashlib.sha256(b"".join(parts)).hexdigest()
    found = digest.sha256()
    for part in parts:
        found.update(part)
    assert found.hexdigest() == wanted


def test_few_recipes_are_hashed_without_openssl() -> None:
    assert says("digest.sha256(b'a').hexdigest()") == "False\n"


def test_many_recipes_are_hashed_with_it() -> None:
    assert says("digest.sha256(b'a'); digest.expect_many(); digest.sha256(b'a').hexdigest()") == "True\n"


def test_python_and_openssl_agree() -> None:
    content = "b'r1c' * 10_000"
    code = f"from r1c.digest import sha256; print(sha256({content}).hexdigest())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(b"r1c" * 10_000).hexdigest()
