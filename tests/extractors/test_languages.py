"""The language of a text that states none."""

from __future__ import annotations

import pytest

from crawler.extractors.languages import guess


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The keeper of the bridge said that it was closed for the night by the board of the harbour.", "en"),
        ("Le gardien du pont a dit que la direction du port est dans son droit et que les bateaux sont au quai.", "fr"),
        ("El guardián del puente dijo que la dirección del puerto lo cerró por la noche y que no se sabe más.", "es"),
        ("Der Wärter der Brücke sagte, dass die Verwaltung des Hafens sie in der Nacht mit einer Kette sperrt.", "de"),
        ("O guarda da ponte disse que a direção do porto a fechou por uma noite e que não se sabe o que foi.", "pt"),
        ("Il custode del ponte ha detto che la direzione non è nel suo ufficio e che gli altri sono per la via.", "it"),
        ("قال حارس الجسر إن إدارة الميناء أغلقته ليلا", "ar"),
        ("港務局は夜のあいだ橋を閉じたと番人は話した。", "ja"),
        ("守桥人说，港务局夜间关闭了这座桥。", "zh"),
        ("Сторож моста сказал, что порт закрыл его на ночь.", "ru"),
    ],
)
def test_letters_and_small_words_tell_the_language(text: str, code: str) -> None:
    assert guess(text) == code


@pytest.mark.parametrize("text", ["", "Norvik 2 Velden 1", "12:00 13:00"])
def test_too_few_words_tell_nothing(text: str) -> None:
    assert guess(text) == ""
