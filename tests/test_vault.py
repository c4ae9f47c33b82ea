"""Sealing: bound to its record, under a ring of keys, and silent about all of them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import ConfigError, WrongKey
from senexbot.ports import Binding, Sealed
from senexbot.vault import KeyRing, Vault, generate_key

OLD = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
NEW = base64.urlsafe_b64encode(bytes(range(100, 132))).decode().rstrip("=")
BINDING = Binding("grant", "live", "T1", "U1", "link1")
SECRET = b'{"refresh_token": "canary-secret"}'


def vault(*keys: str) -> Vault:
    return Vault(KeyRing.parse(",".join(keys)))


def test_what_was_sealed_opens_again() -> None:
    box = vault(OLD)
    sealed = box.seal(SECRET, BINDING)
    assert box.open(sealed, BINDING) == SECRET
    assert SECRET not in sealed.ciphertext
    assert (
        sealed.key_id
        == box.current_key_id
        == hashlib.sha256(base64.urlsafe_b64decode(OLD + "=")).hexdigest()[:8]
    )


def test_two_sealings_share_no_nonce() -> None:
    box = vault(OLD)
    assert len({box.seal(SECRET, BINDING).nonce for _ in range(1000)}) == 1000


@pytest.mark.parametrize("field", ["purpose", "environment", "team_id", "user_id", "record_id"])
def test_a_secret_moved_elsewhere_does_not_open(field: str) -> None:
    """I70, F100: another purpose, environment, workspace, user or record."""
    box = vault(OLD)
    sealed = box.seal(SECRET, BINDING)
    with pytest.raises(WrongKey) as caught:
        box.open(sealed, replace(BINDING, **{field: "other"}))
    assert "canary" not in str(caught.value)


@given(
    st.lists(st.text(max_size=4), min_size=5, max_size=5),
    st.lists(st.text(max_size=4), min_size=5, max_size=5),
)
def test_no_two_bindings_are_taken_for_one(one: list[str], other: list[str]) -> None:
    """I70: parts cannot be shifted from one field into the next."""
    box = vault(OLD)
    sealed = box.seal(SECRET, Binding(*one))
    if one == other:
        assert box.open(sealed, Binding(*other)) == SECRET
    else:
        with pytest.raises(WrongKey):
            box.open(sealed, Binding(*other))


def test_neighbouring_fields_do_not_run_together() -> None:
    box = vault(OLD)
    sealed = box.seal(SECRET, Binding("grant", "live", "T1", "U1", "x"))
    for other in (Binding("grantlive", "", "T1", "U1", "x"), Binding("grant", "liveT", "1", "U1", "x")):
        with pytest.raises(WrongKey):
            box.open(sealed, other)


def test_changed_bytes_do_not_open() -> None:
    box = vault(OLD)
    sealed = box.seal(SECRET, BINDING)
    for place in range(len(sealed.ciphertext)):
        changed = bytearray(sealed.ciphertext)
        changed[place] ^= 1
        with pytest.raises(WrongKey):
            box.open(Sealed(sealed.key_id, sealed.nonce, bytes(changed)), BINDING)
    for nonce in (b"", sealed.nonce[:-1], bytes(12)):
        with pytest.raises(WrongKey):
            box.open(Sealed(sealed.key_id, nonce, sealed.ciphertext), BINDING)


def test_a_key_that_is_not_there_is_named() -> None:
    sealed = vault(OLD).seal(SECRET, BINDING)
    with pytest.raises(WrongKey, match=sealed.key_id):
        vault(NEW).open(sealed, BINDING)


def test_the_key_id_cannot_be_exchanged() -> None:
    box = vault(OLD, NEW)
    sealed = box.seal(SECRET, BINDING)
    with pytest.raises(WrongKey):
        box.open(replace(sealed, key_id=vault(NEW).current_key_id), BINDING)


def test_during_a_rotation_both_keys_read_and_the_first_one_seals() -> None:
    """I71."""
    sealed = vault(OLD).seal(SECRET, BINDING)
    both = vault(NEW, OLD)
    assert both.open(sealed, BINDING) == SECRET
    assert both.seal(SECRET, BINDING).key_id == vault(NEW).current_key_id
    assert both.key_ids == (vault(NEW).current_key_id, vault(OLD).current_key_id)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no encryption key"),
        (" , ", "no encryption key"),
        (f"{OLD},", "key 2 is not base64url"),
        ("canary-not+base64url", "key 1 is not base64url"),
        ("canarycanarycanaryc", "key 1 has 14 bytes instead of 32"),
        ("canaryx", "key 1 has 5 bytes"),
        ("canary===", "key 1"),
        (f"{OLD},{OLD}=", "keys 1 and 2 are the same"),
        (f"{OLD},{NEW},{NEW}", "keys 2 and 3 are the same"),
        ("ключ" * 10, "key 1 is not base64url"),
    ],
)
def test_a_key_that_does_not_fit_is_refused_without_showing_it(text: str, words: str) -> None:
    """I69, I72."""
    with pytest.raises(ConfigError) as caught:
        KeyRing.parse(text)
    assert words in str(caught.value)
    assert "canary" not in str(caught.value)
    assert OLD not in str(caught.value)
    assert caught.value.__cause__ is None


def test_padding_and_blanks_are_forgiven() -> None:
    assert KeyRing.parse(f" {OLD}= , {NEW} \n").ids == KeyRing.parse(f"{OLD},{NEW}").ids


def test_a_generated_key_has_32_bytes() -> None:
    assert len(base64.urlsafe_b64decode(generate_key() + "=")) == 32
    assert generate_key() != generate_key()


def test_nothing_shows_a_key() -> None:
    """I69."""
    ring = KeyRing.parse(OLD)
    for shown in (repr(ring), str(ring), repr(Vault(ring)), str(Vault(ring)), f"{Vault(ring)}"):
        assert OLD not in shown
        assert ring.current_id in shown
