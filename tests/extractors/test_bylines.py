"""Names as bylines write them, and the short lines beside them that are none."""

from __future__ import annotations

import pytest

from crawler.extractors.bylines import form, is_label, names_in, says_by, says_other


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ilse Marwick • March 12, 2026", ("Ilse Marwick",)),
        ("By Ilse Marwick and Joran Pell", ("Ilse Marwick", "Joran Pell")),
        ("Von Ilse Marwick, Lerchenau", ("Ilse Marwick",)),
        ("Par Ilse Marwick et Joran Pell", ("Ilse Marwick", "Joran Pell")),
        ("Por Ilse Marwick | 12 de marzo de 2026", ("Ilse Marwick",)),
        ("di Ilse Marwick", ("Ilse Marwick",)),
        ("Door Ilse van den Berg", ("Ilse van den Berg",)),
        ("Автор: Ильза Марвик", ("Ильза Марвик",)),
        ("بقلم إلزا مارويك", ("إلزا مارويك",)),
        ("Text by Ilse Marwick", ("Ilse Marwick",)),
        ("Mar 12, 2026 by Ilse Marwick", ("Ilse Marwick",)),
        ("Ilse Marwick, Gardener & Astrologer", ("Ilse Marwick",)),
        ("Staff Writer Ilse Marwick", ("Ilse Marwick",)),
        ("By Dr. Ilse Marwick, MD", ("Dr. Ilse Marwick",)),
        ("By Ilse MarwickMarch 12, 2026", ("Ilse Marwick",)),
        ("By Ilse Marwick for the Harbour News", ("Ilse Marwick",)),
        ("Amanda Krause", ("Amanda Krause",)),
    ],
)
def test_a_byline_is_read_without_labels_roles_places_and_dates(line: str, names: tuple[str, ...]) -> None:
    assert names_in(line) == names


@pytest.mark.parametrize(
    "line",
    ["By", "Written by", "Von", "January 5", "Thursday", "Author", "Staff Writer", "(Image: Getty Images", "5 min read",
     "السبت", "12 March 2026", "Share", "Getty Images", "港交所主席在記者會裏表示，市場波動。"],
)  # fmt: skip
def test_labels_days_roles_and_sentences_are_no_names(line: str) -> None:
    assert names_in(line) == ()


def test_what_a_line_says_of_its_names() -> None:
    assert all(map(says_by, ("By Ilse Marwick", "Posted by Ilse", "12 May 2026 von Ilse Marwick")))
    assert all(
        map(says_other, ("Photos by Ilse Marwick", "Medically reviewed by Ilse", "Foto: Ilse", "Edited by Ilse"))
    )
    assert all(map(is_label, ("By", "Written by:", "Autor", "author")))
    assert not is_label("By Ilse")


def test_the_form_of_a_name_speaks_for_and_against_it() -> None:
    assert form("Ilse Marwick") == {"2 words"}
    assert "a section's or firm's word" in form("Local News")
    assert "digits or an address" in form("desk@example.org")
