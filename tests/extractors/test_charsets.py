"""Charsets as browsers understand them; a few bad bytes stay a few bad bytes."""

from __future__ import annotations

import pytest

from crawler.extractors.decode import codec_of, text_of

ARABIC = "أعلنت سلطة الميناء يوم الجمعة أن الرصيف الشرقي سيظل مغلقا إلى أن يفحص خبراء مستقلون الرافعة."


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("big5", "恒生指數今早在會議裏下跌"),
        ("big5-hkscs", "港交所記者會裏"),
        ("gb2312", "镕基视察港口的€"),
        ("windows-874", "ท่าเรือปิด"),
        ("iso-8859-8-i", "הנמל נסגר"),
        ("x-cp1251", "Причал закрыт"),
        ("euc-jp", "港は閉鎖された"),
        ("iso-2022-jp", "港は閉鎖された"),
        ("ks_c_5601-1987", "항구가 닫혔다 똠"),
        ("shift_jis", "港は閉鎖された①"),
        ("koi8-u", "Причал закрито ї"),
        ("iso-8859-1", "the harbour’s “quay” – closed"),
    ],
)
def test_a_declared_label_is_read_as_browsers_read_it(label: str, text: str) -> None:
    codec = codec_of(label)
    assert codec is not None
    raw = f'<html><head><meta charset="{label}"></head><body><p>'.encode("ascii") + text.encode(codec)
    assert text in text_of(raw)


@pytest.mark.parametrize("label", ["none", "punycode", "idna", "rot13", "hex", "", "x-user-defined\x00"])
def test_what_is_no_charset_has_no_codec(label: str) -> None:
    assert codec_of(label) is None


@pytest.mark.parametrize("head", ["", '<meta charset="utf-8">', '<meta charset="windows-1252">'])
@pytest.mark.parametrize("bad", [1, 12])
def test_a_few_bad_bytes_stay_a_few_bad_bytes(head: str, bad: int) -> None:
    raw = f"<html><head>{head}</head><body><p>{ARABIC}{ARABIC}".encode() + b"\xe9 " * bad
    text = text_of(raw)
    assert text.count(ARABIC) == 2
    assert text.count("\ufffd") == bad


def test_bytes_that_are_no_utf8_are_none_whatever_is_declared() -> None:
    assert "Straße über" in text_of('<meta charset="utf-8"><p>Straße über'.encode("cp1252"))
