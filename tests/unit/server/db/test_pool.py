from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.db.errors import DatabaseUrlInvalid
from server.db.pool import parse, without

passwords = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), min_size=1)


@given(passwords)
def test_an_encoded_password_is_read_back(password):
    url = f"postgresql://ada:{quote(password, safe='')}@localhost:5432/stories"

    assert parse(url)["password"] == password


@given(passwords)
@example("%8")
@example("@/")
def test_a_password_that_is_not_encoded_is_in_no_message(password):
    secret = f"7Ksecret{password}7Ksecret"
    try:
        parts = parse(f"postgresql://ada:{secret}@localhost/stories")
    except DatabaseUrlInvalid as error:
        assert "7Ksecret" not in str(error)
    else:
        assert "7Ksecret" not in f"{parts.get('host')} {parts.get('port')} {parts.get('dbname')}"


@pytest.mark.parametrize("form", ["p@ss/word", "p%40ss%2Fword", "p%40ss/word"])
def test_a_secret_is_struck_out_in_all_its_forms(form):
    assert without("p@ss/word", f"no entry with {form}!") == "no entry with ***!"


def test_no_secret_strikes_out_nothing():
    assert without("", "no entry") == "no entry"
