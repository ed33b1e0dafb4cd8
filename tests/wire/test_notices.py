"""Notices by their words: six languages of forms agencies use, and the news that only looks like one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.wire.notice_words import embargo_in, status_of_fields, status_of_line, status_of_slugline


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("KILL: Norland rail strike halts trains", "killed"),
        ("STORY WITHDRAWN-Norland drivers strike", "killed"),
        ("Please kill the story slugged Norland-rail", "killed"),
        ("The Associated Press has withdrawn its story about a strike", "killed"),
        ("ANNULATION - La grève paralyse le rail", "killed"),
        ("URGENT - ANNULATION: La grève", "killed"),
        ("ANULACIÓN: Huelga de trenes", "killed"),
        ("Rogamos anulen nuestro despacho sobre la huelga", "killed"),
        ("ANULAÇÃO: Greve de comboios", "killed"),
        ("(Achtung: Bitte die Meldung dpa 0777 nicht verwenden)", "killed"),
        ("ZURÜCKGEZOGEN: Streik in Norland", "killed"),
        ("إلغاء خبر: إضراب القطارات", "killed"),
        ("ANNULLAMENTO - Sciopero dei treni", "killed"),
        ("HOLD", "withheld"),
        ("HOLD: Streik in Norland", "withheld"),
        ("Please hold this story until further notice", "withheld"),
        ("CORRECTED-Norland drivers strike", "corrected"),
        ("CORRECTED-UPDATE 2-Norland drivers strike", "corrected"),
        ("REFILE-Norland drivers strike", "corrected"),
        ("REFILE", "corrected"),
        ("CORRECTION: Norland rail strike", "corrected"),
        ("(Corrects paragraph 2 to say 40 trains, not 400)", "corrected"),
        ("Eds: CORRECTS number of trains.", "corrected"),
        ("Eds: UPDATES: Corrects number of trains.", "corrected"),
        ("ATTENTION - RECTIFIE le nombre de trains ///", "corrected"),
        ("RECTIFICATIF: La grève", "corrected"),
        ("(Berichtigt wird die Zahl im zweiten Absatz)", "corrected"),
        ("KORREKTUR: Streik in Norland", "corrected"),
        ("Berichtigung: Streik in Norland", "corrected"),
        ("CORRECCIÓN: Huelga de trenes", "corrected"),
        ("CORREÇÃO: Greve", "corrected"),
        ("تصحيح: إضراب القطارات", "corrected"),
        ("RETTIFICA - Sciopero", "corrected"),
        ("EMBARGOED UNTIL 0600 GMT", "embargoed"),
        ("Sperrfrist: 13. März, 6.00 Uhr", "embargoed"),
        ("Sous embargo jusqu'à mercredi", "embargoed"),
    ],
)
def test_a_notice_is_known_by_its_form(line: str, status: str) -> None:
    assert status_of_line(line) == status


@pytest.mark.parametrize(
    "line",
    [
        "Kill Bill star dies at 80",
        "Kills ten in a day: the heat of Norland",
        "KILLED IN ACTION HEROES HONOURED",
        "Market correction deepens as yields rise",
        "Correction officers strike in Norland",
        "Corrections department to hold inquiry",
        "Hold the line, says Brekke",
        "HOLD ME TIGHT tops the charts",
        "Embargo on Norland oil takes effect",
        "Norland withdraws troops",
        "WITHDRAWN TROOPS RETURN",
        "Rückzug aus der Südmark",
        "Korrekturen am Haushalt gefordert",
        "Annulation du sommet de Harbourton",
        "Anulación del contrato de trenes",
        "إلغاء رحلات القطارات في نورلاند",
        "تصحيح المسار بعد الأزمة",
        "(Reporting by Per Holm; Editing by Jo Lind)",
        "",
    ],
)
def test_news_that_only_sounds_like_a_notice_is_none(line: str) -> None:
    assert status_of_line(line) is None


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["Usable"], None),
        (["stat:usable", "sig:update", "edStat:U"], None),
        (["Canceled"], "killed"),
        (["stat:canceled", "sig:correction"], "killed"),
        (["http://cv.iptc.org/newscodes/pubstatusg2/withheld"], "withheld"),
        (["Embargoed"], "embargoed"),
        (["stat:usable", "sig:correction"], "corrected"),
        (["usable", "edStat:C"], "corrected"),
        (["OPEN", ""], None),
    ],
)
def test_status_fields_give_the_gravest_status(words: list[str], status: str | None) -> None:
    assert status_of_fields(words) == status


@pytest.mark.parametrize(
    ("slugline", "status"),
    [
        ("BC-US--Rail Strike, Correction", "corrected"),
        ("AP-US--Rail Strike-Kill", "killed"),
        ("BC-US--Rail Strike, 2nd Ld-Writethru", None),
        ("Norland-roadkill", None),
        ("MARKET-CORRECTION/NORLAND", None),
    ],
)
def test_a_slugline_announces_at_its_end(slugline: str, status: str | None) -> None:
    assert status_of_slugline(slugline) == status


def test_an_embargo_in_words_needs_day_year_and_zone() -> None:
    assert embargo_in("EMBARGOED UNTIL 0600 GMT, Wednesday 13 March 2024") == datetime(2024, 3, 13, 6, 0, tzinfo=UTC)
    assert embargo_in("Embargoed until 6:30 UTC on 1 dic 2024") == datetime(2024, 12, 1, 6, 30, tzinfo=UTC)
    at_six = datetime(2024, 3, 13, 6, 0, tzinfo=UTC)
    assert embargo_in("Sous embargo jusqu'au 13 mars 2024 à 06H00 GMT") == at_six
    assert embargo_in("Embargoed until Wednesday, March 13, 2024 at 06:00 UTC") == at_six
    assert embargo_in("Embargoed until 0600 GMT on March 13, 2024") == at_six
    assert embargo_in("Embargado hasta el 13 de marzo de 2024 a las 06:00 GMT") == at_six
    assert embargo_in("Sperrfrist: 13. März 2024, 06.00 Uhr GMT") == at_six
    assert embargo_in("EMBARGOED UNTIL 0600 Wednesday 13 March") is None
    assert embargo_in("EMBARGOED UNTIL 0600 GMT, 31 February 2024") is None
