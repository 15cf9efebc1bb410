"""Pseudonyms."""

from __future__ import annotations

import hashlib
import hmac

import phonenumbers
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.intake import identity as module
from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.identity import Identity
from pipelines.intake.veil import veiled_text

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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+33612345678", "(hidden)"), ("call +33 6 12 34 56 78 back", "call (hidden) back"),
        ("0033612345678", "(hidden)"), ("06 12 34 56 78", "(hidden)"), ("06.12.34.56.78", "(hidden)"),
        ("0612345678", "(hidden)"), ("612345678", "(hidden)"), ("+212 (0)661-234567", "(hidden)"),
        ("Ann.Lee@example.org wrote", "(hidden) wrote"),
        ("<ann@example.org>", "<(hidden)>"),
    ],
)  # fmt: skip
def test_telephone_numbers_and_addresses_are_not_repeated(text, shown):
    assert veiled_text(text, "FR") == shown


@pytest.mark.parametrize(
    "text",
    ["04/06/2026 07:56:18", "01.02.2026 10:15", "2026-02-09T07:57:14+03:00", "1764070000", "1 234,5", "00:05:12",
     "5:12", "-12 345.50", "VQ_ORDERS_FR", "C-0042A", "81,3 %", "#DIV/0!", "n/c", "20260209075714",
     "a@b", "0.011597222", "612345678.50"],
)  # fmt: skip
def test_what_is_no_identifier_stays_readable(text):
    assert veiled_text(text, "FR") == text
    assert veiled_text("31.12.2025", "DK") == "31.12.2025"


@pytest.mark.parametrize("region", ["DE", "GB", "ES", "PT", "IT", "MA", "MG", "US", "DK", "BE"])
def test_the_numbers_of_each_region_in_its_own_groups(region):
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    for form in (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL):
        shown = veiled_text(phonenumbers.format_number(number, form), region)
        assert sum(letter.isdigit() for letter in shown) <= 4, shown


def test_an_identifier_in_a_wrong_cell_is_not_kept_in_the_reject(contacts):
    taken = contacts(
        "wait_s: {from: wait, unit: s}\noutcome: {from: r, map: {A: answered}}\n"
        "customer_ref: {from: ani, hash: customer}",
        "id,at,wait,r,ani\n1,2026-05-04 10:00:00,06 12 34 56 78,A,\n2,2026-05-04 10:00:00,1,ann@example.org,x\n"
        "3,+33612345678,1,A,x\n",
    )
    assert taken.rejects["raw_value"].to_list() == ["(hidden)"] * 3
    assert taken.rejects["source_row"].to_list() == [2, 3, 4]


def test_a_first_record_taken_for_the_header_is_not_repeated(contacts):
    with pytest.raises(DeliveryRefused, match=r"probably a record. A file without a header is read with") as refused:
        contacts("customer_ref: {from: ani, hash: customer}", "1,2026-05-04 10:00:00,Jeanne Dupond,+33612345678\n")
    assert not any(part in refused.value.message for part in ("Dupond", "336"))
    taken = contacts("", "id,at,+33612345678\n1,2026-05-04 10:00:00,x\n")
    assert taken.summary.headers_unknown == ["(hidden)"]


def test_a_file_cut_at_the_wrong_character_is_said_to_be(contacts):
    with pytest.raises(
        DeliveryRefused, match=r"read as one column: it holds a semicolon 1 times. Is `delimiter` right"
    ):
        contacts("", "id;at\n1;2026-05-04 10:00:00\n")
