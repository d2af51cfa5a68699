"""What is sealed opens to what it was, with the right key and unchanged, whatever it looks like."""

import json
from base64 import b64encode
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from server.db.errors import CiphertextInvalid, EncryptionKeysInvalid
from server.db.sealed import serializer
from server.db.sealing import made, new_key

quick = settings(max_examples=50, deadline=None)

FIRST, SECOND = (b64encode(bytes([number]) * 32).decode() for number in (251, 254))
KEYRING = made(FIRST)
SEALED = KEYRING.seal_text("hello")
NONE = made("")
LOOKS = [SEALED, f"{SEALED}!", "sealed:", "sealed:abc:def", "sealed-json:", "\ud800", "\0"]
TEXTS = st.text(max_size=20) | st.sampled_from(LOOKS)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(st.text(max_size=8), VALUES, max_size=3)


def stored(value):
    """What the database would hold of a JSON value."""
    return json.dumps(value).encode()


def test_a_new_key_is_one():
    assert made(new_key()).first


@pytest.mark.req("B62")
@quick
@given(FIELDS)
def test_fields_open_to_what_was_sealed(fields):
    assert KEYRING.loads(stored(KEYRING.seal_fields(fields))) == fields
    assert NONE.seal_fields(fields) is fields


@quick
@given(VALUES)
def test_whole_values_open_to_what_was_sealed(value):
    assert KEYRING.loads(stored({"kwargs": KEYRING.seal_whole(value)})) == {"kwargs": value}


@quick
@given(TEXTS)
def test_texts_and_values_open_to_what_was_sealed(text):
    assert KEYRING.open_text(KEYRING.seal_text(text)) == text
    words = {"messages": [text.encode("utf-8", "replace").decode()]}
    assert serializer(KEYRING).loads_typed(serializer(KEYRING).dumps_typed(words)) == words


@quick
@given(st.binary(), st.integers(0, 2**62))
def test_events_open_at_their_place_only(data, seq):
    run_id = uuid4()
    sealed = KEYRING.seal_event(data, run_id, seq)
    assert KEYRING.open_event(sealed, run_id, seq) == data
    if data:
        for place in ((run_id, seq + 1), (uuid4(), seq)):
            with pytest.raises(CiphertextInvalid):
                KEYRING.open_event(sealed, *place)


@pytest.mark.req("B62")
@quick
@given(st.text(min_size=5))
def test_nothing_of_a_text_is_left(text):
    fields = {"about": {text: [text]}}
    for sealed in (KEYRING.seal_fields(fields), KEYRING.seal_whole(fields), KEYRING.seal_text(text)):
        assert json.dumps(text)[1:-1] not in json.dumps(sealed)


@pytest.mark.parametrize("text", ["sealed", "sealed:", "sealed:abc:def", made(SECOND).seal_text("hello")])
def test_a_plain_text_that_looks_sealed_is_itself(text):
    assert KEYRING.loads(stored({"title": text, text: 1})) == {"title": text, text: 1}
    assert KEYRING.open_text(text) == text


def test_a_users_text_that_was_sealed_before_is_not_opened_for_them():
    assert KEYRING.loads(stored(KEYRING.seal_fields({"title": SEALED}))) == {"title": SEALED}


@pytest.mark.req("B62")
def test_any_key_opens_and_the_first_seals():
    rotated = made(f"{SECOND}, {FIRST}")
    assert rotated.open_text(SEALED) == "hello"
    assert rotated.seal_text("hello") == made(SECOND).seal_text("hello") != SEALED
    assert rotated.alternatives("hello") == ["hello", made(SECOND).seal_text("hello"), SEALED]
    kind, data = serializer(KEYRING).dumps_typed(["hello"])
    assert serializer(rotated).loads_typed((kind, data)) == ["hello"]
    assert serializer(rotated).loads_typed(JsonPlusSerializer().dumps_typed(["hello"])) == ["hello"]


def test_the_servers_own_ids_and_numbers_stay():
    fields = {"run_id": str(uuid4()), "step": 3, "done": True, "nothing": None, "empty": ""}
    assert KEYRING.seal_fields(fields) == fields


@pytest.mark.req("B62")
@pytest.mark.parametrize("changed", [SEALED[:-4], SEALED[:-8] + "AAAA" + SEALED[-4:], SEALED + "!"])
def test_what_was_changed_is_told_and_not_shown(changed):
    with pytest.raises(CiphertextInvalid, match="FABULA_ENCRYPTION_KEYS has encrypted was changed"):
        KEYRING.loads(stored({"title": changed}))


def test_bytes_of_an_unknown_key_are_told():
    kind, data = serializer(made(SECOND)).dumps_typed(["hello"])
    with pytest.raises(CiphertextInvalid, match="is not in FABULA_ENCRYPTION_KEYS"):
        serializer(KEYRING).loads_typed((kind, data))
    run_id = uuid4()
    with pytest.raises(CiphertextInvalid, match="is not in FABULA_ENCRYPTION_KEYS"):
        NONE.open_event(KEYRING.seal_event(b"{}", run_id, 1), run_id, 1)


@pytest.mark.req("B62")
@pytest.mark.parametrize("bad", ["secret", FIRST[:-8], f"{FIRST},", f"{FIRST},é", f"{FIRST}{FIRST}"])
def test_a_bad_key_is_refused_and_not_quoted(bad):
    with pytest.raises(EncryptionKeysInvalid, match=r"^FABULA_ENCRYPTION_KEYS: key [12] is not 32") as caught:
        made(bad)
    assert FIRST[:8] not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_keys_are_read_with_spaces_and_in_either_base64():
    assert made(f" {FIRST.replace('+', '-').replace('/', '_')} ").open_text(SEALED) == "hello"
