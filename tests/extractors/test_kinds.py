"""Kinds of pages that were read wrong, each in several variants: what stands on a page, not which site it is of."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.extractors import extract
from news.articles import Article

FIRST = "The harbour board said on Friday that the eastern quay would stay closed until the crane had been inspected."
SECOND = "About forty ships were waiting outside the port on Friday evening, and two of them had asked for fresh water."
THIRD = "The crane toppled during a storm on Tuesday night, blocking the only deep berth and a cold store nearby."
TEXT = (FIRST, SECOND, THIRD)
OTHER = (
    "The national bank left its key rate unchanged on Friday and said that inflation would slow down next year.",
    "Analysts had expected the decision, although two of the nine members voted for a cut of a quarter point.",
    "The currency fell by half a percent after the announcement, before making up some of its losses in the day.",
    "The governor said that the board would look at the wage rounds of the spring before any further step at all.",
)


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(inside: str, url: str = "https://www.lerchenauer.example/1", head: str = "", lang: str = "en") -> Article:
    title = "Quay stays closed after storm"
    head = f'<head><meta charset="utf-8"><title>{title}</title>{head}</head>'
    html = f'<html lang="{lang}">{head}<body>{inside}</body></html>'
    return extract(html.encode(), url)


def page(above: str = "", text: str = paragraphs(*TEXT), below: str = "") -> str:
    return f"<main><article><h1>Quay stays closed after storm</h1>{above}{text}</article>{below}</main>"


@pytest.mark.parametrize(
    "word",
    ["<o:p>quay</o:p>", "<x-term>quay</x-term>", '<a href="/q"><meta content="x">quay</a>', "<button>quay</button>",
     'quay<img class="emoji" alt="!" src="e.png">', '<st1:place w:st="on">quay</st1:place>'],
)  # fmt: skip
def test_unknown_elements_within_a_sentence_do_not_part_it(word: str) -> None:
    article = read(page(text=paragraphs(FIRST.replace("quay", word), SECOND, THIRD)))
    assert article.paragraphs == TEXT


@pytest.mark.parametrize(
    "first",
    [f'<p><span class="cap">T</span>{FIRST[1:]}</p>', f'<p><div class="initial">T</div>{FIRST[1:]}</p>',
     f'<p><div class="cap">T</div>{FIRST[1:].replace("inspected", "in&shy;spec&shy;ted")}</p>',
     f"<p>{FIRST.replace('eastern', 'east' + chr(0xAD) + 'ern')}</p>"],
)  # fmt: skip
def test_drop_caps_and_soft_hyphens_leave_the_words_whole(first: str) -> None:
    assert read(page(text=first + paragraphs(SECOND, THIRD))).paragraphs == TEXT


@pytest.mark.parametrize("advert", ['<div class="slot"></div>', "<div></div>", '<aside id="promo-3"></aside>'])
def test_an_empty_box_within_a_paragraph_does_not_part_it(advert: str) -> None:
    start, end = FIRST.split(" would ")
    assert read(page(text=f"<p>{start} {advert}would {end}</p>" + paragraphs(SECOND, THIRD))).paragraphs == TEXT


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("tag", ["article", "section"])
def test_the_next_story_below_does_not_replace_this_one(tag: str, count: int) -> None:
    below = f"<{tag}><h1>Bank leaves rate unchanged</h1>{paragraphs(*OTHER)}</{tag}>" * count
    assert read(page(below=below)).paragraphs == TEXT


@pytest.mark.parametrize(
    "cards",
    ['<ul class="col-2">{}</ul>', '<div class="row">{}</div>', '<section class="more">{}</section>'],
)
def test_teasers_beside_a_short_brief_do_not_join_it(cards: str) -> None:
    items = "".join(f'<li><p>{text}</p><a href="/n/{n}">Read the story</a></li>' for n, text in enumerate(OTHER * 3))
    assert read(page(text=paragraphs(FIRST, SECOND)) + cards.format(items)).paragraphs == (FIRST, SECOND)


@pytest.mark.parametrize(
    "sentence",
    ["No comment was immediately available from the port operator.",
     "Weitere Informationen lagen der Behörde zunächst nicht vor.",
     "Share of the port in trade has fallen by a third since the storm.",
     "More from the board was expected on Monday after a second inspection."],
)  # fmt: skip
def test_a_sentence_that_begins_like_furniture_is_kept(sentence: str) -> None:
    assert sentence in read(page(text=paragraphs(FIRST, sentence, SECOND, THIRD))).paragraphs


@pytest.mark.parametrize(
    "furniture",
    [
        "Read more about our offers here.",
        "Sign up for our newsletter and get the latest from your port.",
        "Photo: A. Pell",
    ],
)
def test_furniture_that_speaks_to_the_reader_is_not(furniture: str) -> None:
    assert read(page(text=paragraphs(FIRST, furniture, SECOND, THIRD))).paragraphs == TEXT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("__NEXT_DATA__", {"p": {"publishedAt": "2026-11-20T08:30:00Z", "content": [{"text": one} for one in TEXT]}}),
        ("__APOLLO__", {"Article:1": {"publishedAt": "2026-11-20T08:30:00Z", "body": "\n\n".join(TEXT)}}),
        ("Fusion", {"publishedAt": "2026-11-20T08:30:00Z", "content_elements": [{"content": one} for one in TEXT]}),
        ("rich", {"publishedAt": "2026-11-20T08:30:00Z", "nodes": [{"children": [{"text": one}]} for one in TEXT]}),
    ],
)
def test_a_text_that_only_the_page_state_holds_is_read_from_it(name: str, value: object) -> None:
    for script in (f'<script id="{name}" type="application/json">{json.dumps(value)}</script>',
                   f"<script>window.{name} = {json.dumps(value)};</script>"):  # fmt: skip
        article = read(f'<div id="root"></div>{script}')
        assert article.paragraphs == TEXT
        assert article.published.at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "byline",
    ['<p class="byline">By Ilse Marwick</p>', "<div>By Ilse Marwick</div>", '<a href="/authors/im">Ilse Marwick</a>',
     '<div class="c-x1">Written by</div><div class="c-x2">Ilse Marwick</div>', "<p>Von Ilse Marwick, Lerchenau</p>",
     '<span class="author-name">Ilse Marwick</span> <span class="role">Staff Writer</span>'],
)  # fmt: skip
def test_a_byline_that_readers_see_is_read(byline: str) -> None:
    assert read(page(above=byline)).authors == ("Ilse Marwick",)


@pytest.mark.parametrize("line", ["January 5", "Thursday", "5 min read", "Share", "(Image: Getty Images)", "Politics"])
def test_other_short_lines_below_the_headline_are_no_authors(line: str) -> None:
    assert read(page(above=f"<p>{line}</p>")).authors == ()


SITE = "Harbour News"
SHOWN = "20 November 2026 08:30"


@pytest.mark.parametrize(
    "inside",
    [page(above=f"<p>Port says the crane must be inspected first, while ships wait.</p><div>{SHOWN}</div>"),
     page(above=f'<a href="/archive/2026-11-20">{SHOWN}</a>'), page(below=f"<p>Published {SHOWN}</p>"),
     page(above=f"<dl><dt>Published</dt><dd>{SHOWN}</dd></dl>"),
     page(above=f"<p>Updated 21 November 2026 19:00 | Published {SHOWN}</p>"),
     page(above=f"<p>Published {SHOWN}, updated 21 November 2026 19:00</p>")],
)  # fmt: skip
def test_a_date_that_readers_see_is_read_wherever_it_stands(inside: str) -> None:
    article = read(inside, "https://www.lerchenauer.uk/1", lang="en-GB")
    assert article.published.at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def test_published_and_updated_are_each_taken_for_what_they_are() -> None:
    article = read(
        page(above=f"<p>Updated 21 November 2026 19:00 | Published {SHOWN}</p>"), "https://www.lerchenauer.uk/1"
    )
    assert article.modified.at == datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "url", "day"),
    [("en-GB", "https://www.lerchenauer.com/1", 2), ("en-US", "https://www.lerchenauer.com/1", 10),
     ("en", "https://www.lerchenauer.com/1", 10), ("en-AU", "https://www.lerchenauer.net/1", 2),
     ("en", "https://www.lerchenauer.uk/1", 2)],
)  # fmt: skip
def test_the_order_of_day_and_month_is_that_of_the_pages_region(lang: str, url: str, day: int) -> None:
    shown = read(page(above="<p>02/10/2020</p>"), url, lang=lang).published.day
    assert shown is not None
    assert shown.day == day


@pytest.mark.parametrize(
    ("url", "shown"), [("https://a.lerchenauer.de/1", "15:05 Uhr"), ("https://a.lerchenauer.fr/1", "15h05")]
)
def test_a_utc_mark_on_the_clock_that_readers_are_shown_leaves_both_times_possible(url: str, shown: str) -> None:
    head = '<meta property="article:published_time" content="2026-11-20T15:05:00+00:00">'
    moment = read(page(above=f"<div>20.11.2026, {shown}</div>"), url, head).published
    assert moment.earliest == datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
    assert moment.latest == datetime(2026, 11, 20, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize("label", ["First published", "Published", "Posted"])
def test_a_live_page_was_published_when_it_says_and_not_with_its_newest_entry(label: str) -> None:
    entries = "".join(
        f'<article><time datetime="2026-11-20T{hour}:05:00Z">{hour}:05</time><h2>Update</h2><p>{text}</p></article>'
        for hour, text in zip((13, 12, 11), TEXT, strict=True)
    )
    inside = f"<main><h1>Quay stays closed after storm</h1><p>{label} {SHOWN} GMT</p>{entries}</main>"
    assert read(inside).published.at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def test_the_time_of_an_embedded_post_is_nobodys_date() -> None:
    post = '<div class="tiktok-embed"><time datetime="2019-02-03T10:00:00Z">3 Feb 2019</time></div>'
    assert read(page(text=paragraphs(FIRST) + post + paragraphs(SECOND, THIRD))).published.at is None


@pytest.mark.parametrize(
    ("lang", "text", "code"),
    [("en-US", "أعلنت سلطة الميناء يوم الجمعة أن الرصيف الشرقي سيظل مغلقا إلى أن يفحص خبراء مستقلون الرافعة.", "ar"),
     ("utf", "Der Wärter der Brücke sagte, dass die Verwaltung sie in der Nacht mit einer Kette sperrt.", "de"),
     ("en", "Сторож моста сказал, что порт закрыл его на ночь и что в порту стоят сорок судов с грузом.", "ru"),
     ("fr-FR", "Le gardien du pont a dit que la direction du port est dans son droit et les bateaux au quai.", "fr")],
)  # fmt: skip
def test_the_language_is_that_of_the_text(lang: str, text: str, code: str) -> None:
    assert read(page(text=paragraphs(text, text + " ", text)), lang=lang).language == code


@pytest.mark.parametrize(
    "line",
    ["Markus Reuter", "AA", "Kneib Dentistry PC", "CP", "Follow AP on Facebook"],
)
def test_letters_and_names_like_an_agencys_are_no_credits(line: str) -> None:
    for inside in (page(above=f'<p class="byline">{line}</p>'), page(below=f"<p>{line}</p>")):
        assert not [one for one in read(inside).credits if one.kind in ("text", "joint")]


@pytest.mark.parametrize("line", ["Photo: AFP", "Foto: dpa", "(Photo AFP)"])
def test_a_first_line_that_credits_the_picture_is_no_text_credit(line: str) -> None:
    kinds = {one.kind for one in read(page(text=paragraphs(line, *TEXT))).credits}
    assert not kinds & {"text", "joint"}


@pytest.mark.parametrize("line", ["By AFP", "AFP", "Reuters", "London (AP) -"])
def test_a_byline_of_an_agency_is_still_one(line: str) -> None:
    assert [one.kind for one in read(page(above=f'<p class="byline">{line}</p>')).credits] == ["text"]


@pytest.mark.parametrize(
    ("title", "site"),
    [("Quay stays closed after storm_Harbour News", SITE), ("Quay stays closed after storm -- Harbour News", SITE),
     ("Quay stays closed after storm-Harbour News", SITE), ("Quay stays closed after storm | India News", SITE),
     ("Quay stays closed after storm (Published 2016)", SITE), ("Opinion | Quay stays closed after storm", SITE)],
)  # fmt: skip
def test_what_a_site_adds_to_the_headline_is_not_part_of_it(title: str, site: str) -> None:
    head = f'<meta property="og:site_name" content="{site}"><meta property="og:title" content="{title}">'
    inside = page(text=paragraphs(*TEXT))
    assert read(inside, head=head).headline == "Quay stays closed after storm"


@pytest.mark.parametrize(
    "left_open", ['<button class="menu">', '<header><div class="menu"><button>', "<noscript>", "<svg><g>"]
)
def test_an_element_left_open_in_the_header_does_not_swallow_the_article(left_open: str) -> None:
    assert read(f"<header><a href='/'>Harbour News</a>{left_open}</header>{page()}").paragraphs == TEXT


@pytest.mark.parametrize("tag", ["div", "section"])
@pytest.mark.parametrize("parts", [2, 3])
def test_a_story_in_several_boxes_is_read_whole_though_the_headline_stands_in_one(tag: str, parts: int) -> None:
    boxes = [f"<{tag} class='box-{n}'>{paragraphs(*OTHER * 2, *TEXT)}</{tag}>" for n in range(1, parts)]
    first = f"<{tag} class='box-0'><h1>Quay stays closed after storm</h1>{paragraphs(*TEXT * 2)}</{tag}>"
    article = read(f"<main><article>{first}{''.join(boxes)}</article></main>")
    assert len(article.paragraphs) == 6 + 11 * (parts - 1)
