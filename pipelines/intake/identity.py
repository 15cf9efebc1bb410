"""Pseudonyms of customers and agents: keyed hashes, so that a list of telephone numbers cannot be tried against them.

A customer identifier is brought to one form (a telephone number to E.164, an e-mail address to lower case), then
hashed with HMAC-SHA256 under the workspace's key. Raw identifiers are never stored, logged or put into a reject.
"""

from __future__ import annotations

from hashlib import sha256

import phonenumbers
import polars as pl

from pipelines.intake.mapping.cells import translate

_WITHHELD = (
    "anonymous anonyme anonimo anónimo anonym unknown inconnu desconocido unbekannt unavailable restricted private "
    "privé prive withheld blocked masqué masque none null n/a nan +anonymous"
)
#: What systems print where a caller withheld the number: no identifier, and above all not one customer.
WITHHELD = frozenset(_WITHHELD.split())

#: Distinct identifiers that one generation of the memory holds; two generations take about 100 MB when full.
_REMEMBERED = 200_000
_E164 = r"^\+[1-9]\d{6,14}$"
_BETWEEN = "\x1f"  # between a vendor's code and an agent's name; in neither
_BLOCK = 64  # bytes of a block of SHA-256
_HEX_OF_CUSTOMER, _HEX_OF_AGENT = 32, 10  # 128 and 40 bits


class Identity:
    """Pseudonyms under one key. One instance serves a whole run; a distinct value is hashed once."""

    def __init__(self, key: bytes, phone_region: str | None = None) -> None:
        self._region = phone_region
        self._national = _NationalForm(phone_region)
        self._customers = _Memory(key, b"", _HEX_OF_CUSTOMER)
        self._agents = _Memory(key, b"agent:", _HEX_OF_AGENT)

    def customers(self, text: pl.Series) -> pl.Series:
        """128-bit pseudonyms in hex, null where there is no identifier. Shape as ``text``."""
        distinct = text.drop_nulls().unique()
        if not len(distinct):
            return _nothing(len(text))
        forms = self.normalised(distinct)
        return translate(text, distinct, self._customers.all(forms))

    def agents(self, text: pl.Series, vendors: pl.Series | str | None) -> pl.Series:
        """``agent-`` and 40 bits in hex, null where no agent is named.

        ``vendors``: whose agent it is, row by row or the same for all. Two people of the same name at two vendors are
        two people.
        """
        if isinstance(vendors, pl.Series):
            named = pl.concat_str(vendors.fill_null(""), pl.lit(_BETWEEN), text.str.strip_chars())
            text, prefix = pl.select(named.alias(text.name)).to_series(), ""
        else:
            prefix = f"{vendors or ''}{_BETWEEN}"
        distinct = text.drop_nulls().unique()
        if not len(distinct):
            return _nothing(len(text))
        forms = prefix + distinct.str.strip_chars()
        forms = forms.set(forms.str.ends_with(_BETWEEN).fill_null(True), None)
        return translate(text, distinct, self._agents.all(forms, "agent-"))

    def normalised(self, text: pl.Series) -> pl.Series:
        """One form for each way to write the same identifier; null where it says that there is none."""
        usual = text.str.contains(_E164)
        if usual.all():
            return text
        rest = (~usual).fill_null(False).arg_true()
        return text.clone().scatter(rest, self._normalised(text.gather(rest)))

    def _normalised(self, text: pl.Series) -> pl.Series:
        bare = pl.col("text").str.strip_chars().str.replace(r"^(?i)(?:tel|sips?|callto|mailto):", "")
        frame = pl.DataFrame([text.alias("text")]).select(text=bare)
        mail = pl.col("text").str.contains("@", literal=True) & ~pl.col("text").str.contains(r"^\+?[\d ().-]{5,}@")
        telephone = pl.col("text").str.replace(r"@.*$", "").str.replace(r";.*$", "")
        digits = telephone.str.replace_all(r"[\s\u00a0\u202f./-]", "")
        frame = frame.with_columns(mail=mail, digits=digits)
        word = pl.col("text").str.to_lowercase().str.strip_chars("[]<>()")
        silent = word.is_in(list(WITHHELD)) | word.str.contains(r"^[+0\s-]*$")
        frame = frame.with_columns(
            form=pl.when(silent)
            .then(None)
            .when("mail")
            .then(pl.col("text").str.to_lowercase())
            .otherwise(self._national.expression(pl.col("digits"))),
            odd=~silent & ~pl.col("mail"),
        )
        odd = (frame["odd"] & frame["form"].is_null()).arg_true()
        if len(odd):
            rest = [self._odd(value) for value in frame["text"].gather(odd).to_list()]
            return frame["form"].scatter(odd, pl.Series(rest, dtype=pl.String))
        return frame["form"]

    def _odd(self, value: str) -> str:
        """A telephone number in an unusual form, else an identifier of another kind."""
        if sum(letter.isdigit() for letter in value) >= 6 and not any(letter.isalpha() for letter in value):
            for attempt in (value, f"+{value}"):
                try:
                    number = phonenumbers.parse(attempt, self._region)
                except phonenumbers.NumberParseException:
                    continue
                if phonenumbers.is_valid_number(number):
                    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
        return value.upper()


class _NationalForm:
    """National telephone numbers of one region to E.164, as an expression: the usual forms only."""

    def __init__(self, region: str | None) -> None:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region) if region else None
        self.country = str(metadata.country_code) if metadata else ""
        self.trunk = (metadata.national_prefix or "") if metadata else ""
        general = metadata.general_desc if metadata else None
        lengths = general.possible_length if general else ()
        self.lengths = [int(length) for length in lengths if length >= 7]

    def expression(self, digits: pl.Expr) -> pl.Expr:
        """E.164 of the texts of digits in a usual form, null for all others."""
        plus, prefix = pl.lit("+"), pl.lit("+" + self.country)
        forms = [
            pl.when(digits.str.contains(_E164)).then(digits),
            pl.when(digits.str.contains(r"^00[1-9]\d{6,14}$")).then(plus + digits.str.slice(2)),
        ]
        national = "|".join(rf"[1-9]\d{{{length - 1}}}" for length in self.lengths)
        if national and self.trunk:
            with_trunk = digits.str.contains(rf"^{self.trunk}(?:{national})$")
            forms.append(pl.when(with_trunk).then(prefix + digits.str.slice(len(self.trunk))))
            # A spreadsheet takes the leading zero away.
            forms.append(pl.when(digits.str.contains(rf"^(?:{national})$")).then(prefix + digits))
        if national:
            with_country = digits.str.contains(rf"^{self.country}(?:{national})$")
            forms.append(pl.when(with_country).then(plus + digits))
        return pl.coalesce(forms)


class _Memory:
    """Hashes already computed, in two generations: when the young one is full it becomes the old one."""

    def __init__(self, key: bytes, prefix: bytes, length: int) -> None:
        # HMAC-SHA256 (RFC 2104) with both key pads hashed beforehand: the hmac module takes 1.6 times as long.
        block = key.ljust(_BLOCK, b"\0") if len(key) <= _BLOCK else sha256(key).digest().ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block) + prefix)
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))
        self._length = length
        self._young: dict[str, str] = {}
        self._old: dict[str, str] = {}

    def all(self, forms: pl.Series, label: str = "") -> pl.Series:
        """The hash of each form in hex, after a label; null where the form is."""
        if len(self._young) + len(forms) > _REMEMBERED:
            self._old, self._young = self._young, {}
        young, recall, length = self._young, self._old.get, self._length
        inner_copy, outer_copy = self._inner.copy, self._outer.copy
        hashes: list[str | None] = []
        for text in forms.to_list():
            if text is None:
                hashes.append(None)
                continue
            held = young.get(text) or recall(text)
            if held is None:
                inner, outer = inner_copy(), outer_copy()
                inner.update(text.encode())
                outer.update(inner.digest())
                held = outer.hexdigest()[:length]
            young[text] = held
            hashes.append(held)
        found = pl.Series(hashes, dtype=pl.String)
        return label + found if label else found


def _nothing(size: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, size)
