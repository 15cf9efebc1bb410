"""Pseudonyms."""

from __future__ import annotations

import hashlib
import hmac

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.intake import identity as module
from pipelines.intake.identity import Identity

KEY = b"0123456789abcdef0123456789abcdef"


def forms(*texts, region="FR"):
    return Identity(KEY, region).normalised(pl.Series(texts, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    "text",
    ["+33612345678", "0612345678", "06 12 34 56 78", "06.12.34.56.78", "0033612345678", "33612345678", "612345678",
     "+33 (0)6 12 34 56 78", "tel:+33612345678", "sip:+33612345678@sbc.example", " +33 6-12-34-56-78 ",
     "06\u00a012\u00a034\u00a056\u00a078"],
)  # fmt: skip
def test_every_way_to_write_a_telephone_number_is_one_number(text):
    assert forms(text) == ["+33612345678"]


def test_numbers_of_other_countries_and_regions():
    assert forms("+261 34 12 345 67") == ["+261341234567"]
    assert forms("0612345678", region=None) == ["0612345678"]
    assert forms("+39 06 1234 5678", "06 1234 5678", region="IT") == ["+390612345678"] * 2


def test_mail_addresses_and_other_identifiers():
    assert forms(" Ann@Example.ORG", "mailto:ann@example.org", "c-0042a", "C-0042A ") == [
        "ann@example.org",
        "ann@example.org",
        "C-0042A",
        "C-0042A",
    ]


@pytest.mark.parametrize(
    "text", ["anonymous", "Anonymous", "Restricted", "0000000000", "+", "", "  ", "[None]", "Masqué"]
)
def test_a_withheld_number_is_no_customer(text):
    assert Identity(KEY, "FR").customers(pl.Series([text])).to_list() == [None]


@given(st.text("abcé0 ", min_size=1, max_size=80).filter(str.strip), st.binary(min_size=1, max_size=100))
def test_the_hash_is_hmac_sha256(text, key):
    expected = "agent-" + hmac.digest(key, b"agent:north\x1f" + text.strip().encode(), "sha256").hex()[:10]
    assert Identity(key, None).agents(pl.Series([text]), "north").to_list() == [expected]
    assert Identity(key, None).agents(pl.Series([text]), pl.Series(["north"])).to_list() == [expected]


def test_the_same_name_at_two_vendors_is_two_agents():
    named = Identity(KEY, None).agents(pl.Series(["Marie", "Marie", " ", None]), pl.Series(["north", "south"] * 2))
    assert named[0] != named[1]
    assert named.to_list()[2:] == [None, None]
    assert Identity(KEY, None).agents(pl.Series(["Marie", ""]), "north").to_list() == [named[0], None]


def test_a_customer_is_the_first_half_of_the_hash():
    expected = hmac.new(KEY, b"+33612345678", hashlib.sha256).digest()[:16].hex()
    assert Identity(KEY, "FR").customers(pl.Series(["0612345678", None])).to_list() == [expected, None]


def test_another_key_gives_other_pseudonyms():
    number = pl.Series(["0612345678"])
    assert Identity(KEY, "FR").customers(number)[0] != Identity(KEY[::-1], "FR").customers(number)[0]


def test_what_was_forgotten_is_hashed_to_the_same(monkeypatch):
    monkeypatch.setattr(module, "_REMEMBERED", 10)
    identity = Identity(KEY, "FR")
    numbers = pl.Series([f"06{i:08d}" for i in range(100)])
    assert numbers.len() == 100
    first = identity.customers(numbers).to_list()
    again = [identity.customers(numbers.slice(i, 7)).to_list() for i in range(0, 100, 7)]
    assert [one for part in again for one in part] == first
    assert len(set(first)) == 100
