"""Credit lines, datelines and signatures as real pages write them, and what only looks like one."""

from __future__ import annotations

import pytest

from crawler.extractors.agency_names import Names, names_of
from crawler.extractors.credit_forms import (
    GENERIC,
    PHOTO,
    QUOTED,
    SITE_LINE,
    is_line_of_dates,
    is_signature,
    opening,
    own_parts,
    place_of,
    sign_off,
    tail,
)
from crawler.extractors.phrases import ends_as_caption, is_sign_off
from news.catalogue import default_catalogue

NAMES: Names = names_of(default_catalogue().agencies.values())


def _codes(text: str) -> list[str]:
    return [one.agency for one in NAMES.find(text)]


@pytest.mark.parametrize(
    ("line", "agencies"),
    [
        ("Moscow - AFP", ["AFP"]),
        ("Source:AFP Published: 2015-5-12 0:03:01", ["AFP"]),
        ("MOSCOW - Agence France-Presse", ["AFP"]),
        ("By TOM KRISHER, AP Auto Writer", ["AP"]),
        ("Associated Press in Valencia", ["AP"]),
        ("AFP · martes 16 de abril de 2019", ["AFP"]),
        ("27.08.2019, 22:25 Uhr | dpa", ["dpa"]),
        ("höh/mgb/dpa", ["dpa"]),
        ("SDA/sep", ["Keystone-SDA"]),
        ("GREGORY DANEL / Agence France-Presse", ["AFP"]),
        ("AFP, YANGON, Myanmar", ["AFP"]),
        ("11 décembre 2019 à 21h11 par AFP", ["AFP"]),
        ("أ ف ب - واشنطن", ["AFP"]),
        ("كوالالمبور- رويترز/د ب أ", ["Reuters", "dpa"]),
        ("اف ب ـ لشبونة", ["AFP"]),
    ],
)
def test_a_line_that_says_only_who_where_and_when_is_a_signature(line: str, agencies: list[str]) -> None:
    named = NAMES.find(line)
    assert [one.agency for one in named] == agencies
    assert is_signature(line, named)


@pytest.mark.parametrize(
    "line",
    [
        "a government spokesman told AFP",
        "PC Gamer Newsletter",
        "Global News Services . Washington Post Associated Press Reuters AFP - Jiji",
        "nach einem Bericht der dpa vom Vormittag",
        "نقلت وكالة رويترز عن مسؤول",
        "新华网 正文",
    ],
)
def test_running_words_other_names_and_lists_of_services_are_no_signature(line: str) -> None:
    assert not is_signature(line, NAMES.find(line))


@pytest.mark.parametrize(
    ("text", "dateline"),
    [
        ("Moscow (AFP) - President said", "Moscow (AFP) -"),
        ("Hong Kong (AFP) – The plan", "Hong Kong (AFP) –"),
        ("(AFP) — The leaders", "(AFP) —"),
        ("BEIJING, May 19, 2023 (AFP) – China", "BEIJING, May 19, 2023 (AFP) –"),
        ("Vienna, Austria | AFP | The talks", "Vienna, Austria | AFP |"),
        ("Moskau (AFP) Vor dem Hintergrund", "Moskau (AFP)"),
        ("Bruselas, 7 oct (EFE).- El", "Bruselas, 7 oct (EFE).-"),
        ("New York (APA/dpa) - Die", "New York (APA/dpa) -"),
        ("【6月18日 AFP】仏パリで", "【6月18日 AFP】"),
        ("موسكو - أ ف ب: قال", "موسكو - أ ف ب:"),
    ],
)
def test_datelines_end_behind_the_agency(text: str, dateline: str) -> None:
    assert text[: opening(text, NAMES.find(text))].strip() == dateline


@pytest.mark.parametrize(
    "text",
    [
        "The Armed Forces of the Philippines (AFP) is convinced that",
        "LONDON, UK (Eagle News) — The minister",
        "In a statement to AFP, the ministry said",
    ],
)
def test_other_openings_are_no_dateline(text: str) -> None:
    assert opening(text, NAMES.find(text)) == 0


@pytest.mark.parametrize(
    ("end", "signature"),
    [
        ("the season, he said. — AFP", "— AFP"),
        ("oltre il quorum (ANSA).", "(ANSA)."),
        ("was to go on. -- PTI", "-- PTI"),
        ("were unemployed.© 2020 AFP", "© 2020 AFP"),
        ("the ministry told AFP", ""),
        ("a deal with Reuters", ""),
    ],
)
def test_signatures_at_the_end_of_a_paragraph(end: str, signature: str) -> None:
    assert tail(end, NAMES.find(end)).strip() == signature


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("The Australian Federal Police (AFP) said", []),
        ("cobros a AFP, los fondos de pensiones", []),
        ("مهرجان كاف بالقريات", []),
        ("توقيف رجل (اف بي آي)", []),
        ("Agence France – Presse", ["AFP"]),
        ("agence france-presse", ["AFP"]),
        ("ap is no agency here, AP is", ["AP"]),
        ("news@afp.com", []),
        ("وكالة فرانس برس", ["AFP"]),
        ("A.F.P.", ["AFP"]),
    ],
)
def test_agencies_are_found_by_whole_words_and_vetoed_by_their_namesakes(text: str, codes: list[str]) -> None:
    assert _codes(text) == codes


@pytest.mark.parametrize(
    "text", ["— AFP pic", "Ⓒ AFP", "Foto: EFE", "© AFP/SID/JUAN MABROMATA", "(Photo d'illustration, AFP)"]
)
def test_picture_credits(text: str) -> None:
    assert PHOTO.occurs(text)


@pytest.mark.parametrize(
    "text", ["a déclaré à l'", "an official told ", "dijo a ", "gegenüber der Nachrichtenagentur ", "لـ"]
)
def test_words_before_a_quoted_source(text: str) -> None:
    assert QUOTED.search(text)


@pytest.mark.parametrize(
    "text",
    ["Agencies", "with inputs from agencies", "News wire services", "دمشق - وكالات", "المصدر: وكالات", "agencias"],
)
def test_unnamed_agencies(text: str) -> None:
    assert GENERIC.fullmatch(text)


@pytest.mark.parametrize(
    ("line", "joint"),
    [
        ("Par Le Figaro et AFP", True),
        ("AFP/The Local", True),
        ("20 Minutes avec AFP", True),
        ("By AFP and TOI staff", True),
        ("By AFP", False),
        ("Moscow - AFP", False),
    ],
)
def test_the_outlet_beside_the_agency_makes_a_joint_credit(line: str, joint: bool) -> None:
    assert own_parts(line, NAMES.find(line), ("le figaro", "the local", "20 minutes")) is joint


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Moscow - AFP", "Moscow"),
        ("KYIV, Ukraine (AFP)", "KYIV, Ukraine"),
        ("(AFP)", ""),
        ("Source:AFP", ""),
        ("By AFP", ""),
    ],
)
def test_the_place_of_a_dateline(text: str, place: str) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("It was towed to the quay. -- AFP", "-- AFP"),
        ("It was towed to the quay. (Reuters)", "(Reuters)"),
        ('"It is a small miracle." — AFP', "— AFP"),
        ("It was built by the engineers of the army (AFP).", ""),
        ("The quay was closed, the captain told AFP", ""),
        ("Passengers waited. AFP", ""),
    ],
)
def test_an_item_is_signed_behind_a_finished_sentence_only(text: str, signature: str) -> None:
    assert sign_off(text, NAMES.find(text)) == signature


@pytest.mark.parametrize("text", ["3 March 2026, 07:32 GMT", "Dienstag, 3. März 2026", "March 3, 2026 | 12:18am"])
def test_a_line_of_dates_says_nothing_else(text: str) -> None:
    assert is_line_of_dates(text)


@pytest.mark.parametrize("text", ["3 people died in March 2026", "Norvik, 3 March 2026", "March", "12 34"])
def test_other_short_lines_are_no_dates(text: str) -> None:
    assert not is_line_of_dates(text)


@pytest.mark.parametrize("text", ["jcw/kl", "bur-ab/cd/ef", "(mab/mab)"])
def test_initials_sign_a_text_off(text: str) -> None:
    assert is_sign_off(text)


@pytest.mark.parametrize("text", ["He said yes.", "24/7", "AFP/kl", "one/two of them"])
def test_words_and_agencies_are_no_initials(text: str) -> None:
    assert not is_sign_off(text)


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("The minister leaves the hall. Photo: Karel Wist / AFP", True),
        ("Der Turm im Regen. (Foto: dpa)", True),
        ("The photo shows him with his sister, and the family kept it: nobody knew who had taken it that day.", False),
    ],
)
def test_a_caption_ends_with_the_name_of_its_author(text: str, caption: bool) -> None:
    assert ends_as_caption(text) is caption


@pytest.mark.parametrize(
    ("line", "sites"),
    [
        ("News agency services by BNS, AFP and Reuters.", True),
        ("Impressum · Datenschutz · Mit Material von AFP", True),
        ("Material from AFP and Reuters was used in this report.", False),
        ("© Agence France-Presse", False),
    ],
)
def test_a_sites_words_about_itself_are_told_apart(line: str, sites: bool) -> None:
    assert SITE_LINE.occurs(line) is sites


@pytest.mark.parametrize(
    ("line", "joint"), [("By AFP staff", False), ("Staff, AFP", True), ("By Post staff and AFP", True)]
)
def test_an_agencys_own_staff_is_nobody_beside_it(line: str, joint: bool) -> None:
    assert own_parts(line, NAMES.find(line), ()) is joint
