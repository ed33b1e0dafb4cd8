"""The robots exclusion protocol, clause by clause; how files are fetched and kept is tested in test_politeness."""

from __future__ import annotations

import time

import pytest

from crawler.exclusion import MOST_BYTES, MOST_RULES
from crawler.middlewares.robots import product_token, read_rules

SITE = "https://varnholm.example"
GROUPS = "User-agent: otherbot\nDisallow: /\n\n"


def may(rules: str | bytes, path: str, agent: str = "wiretrail") -> bool:
    return read_rules(rules.encode() if isinstance(rules, str) else rules).allows(SITE + path, agent)


def group(*lines: str, agent: str = "wiretrail") -> str:
    return "\n".join((f"User-agent: {agent}", *lines, ""))


@pytest.mark.parametrize("name", ["wiretrail", "WIRETRAIL", "WireTrail", "wiretrail/0.1"])
def test_2_2_1_the_product_token_is_matched_without_regard_to_case(name: str) -> None:
    assert not may(group("Disallow: /", agent=name), "/a")


def test_2_2_1_groups_of_one_agent_are_merged() -> None:
    rules = group("Disallow: /a") + "\n" + GROUPS + group("Disallow: /b")
    assert [may(rules, path) for path in ("/a", "/b", "/c")] == [False, False, True]


def test_2_2_1_agents_in_a_row_share_a_group() -> None:
    rules = "User-agent: otherbot\nUser-agent: wiretrail\nDisallow: /a\n"
    assert not may(rules, "/a")
    assert not may(rules, "/a", "otherbot")


def test_2_2_1_the_star_group_is_for_those_without_their_own() -> None:
    rules = group("Disallow: /", agent="*") + "\n" + group("Disallow: /a")
    assert [may(rules, path) for path in ("/a", "/b")] == [False, True]
    assert not may(rules, "/b", "otherbot")


def test_2_2_1_no_group_for_us_and_none_for_all_means_no_rules() -> None:
    assert may(GROUPS, "/a")


def test_2_2_1_our_token_is_the_first_word_of_our_user_agent() -> None:
    assert product_token("wiretrail/0.1 (+mailto:desk@example.com)") == "wiretrail"


@pytest.mark.parametrize(
    ("lines", "path", "allowed"),
    [
        (("Allow: /a", "Disallow: /a/b"), "/a/b/c", False),
        (("Disallow: /a", "Allow: /a/b"), "/a/b/c", True),
        (("Disallow: /a", "Allow: /a"), "/a", True),
        (("Disallow: /A",), "/a", True),
        (("Disallow:",), "/a", True),
        (("Allow: /page", "Disallow: /*.htm"), "/page.htm", False),
        (("Disallow: /", "Allow: /$"), "/", True),
        (("Disallow: /", "Allow: /$"), "/a", False),
    ],
)
def test_2_2_2_the_longest_match_wins_and_allow_wins_a_draw(lines: tuple[str, ...], path: str, allowed: bool) -> None:
    assert may(group(*lines), path) is allowed


def test_2_2_2_what_no_rule_matches_is_allowed_and_robots_txt_always() -> None:
    assert may(group("Disallow: /a"), "/b")


@pytest.mark.parametrize(
    ("rule", "path", "allowed"),
    [
        ("/foo/bar/%62%61%7A", "/foo/bar/baz", False),
        ("/foo/bar/baz", "/foo/bar/%62%61%7A", False),
        ("/caf\u00e9", "/caf%C3%A9", False),
        ("/caf%c3%a9", "/caf%C3%A9", False),
        ("/a%2Fb", "/a/b", True),
    ],
)
def test_2_2_2_octets_are_compared_after_percent_encoding(rule: str, path: str, allowed: bool) -> None:
    assert may(group(f"Disallow: {rule}"), path) is allowed


@pytest.mark.parametrize(
    ("rule", "path", "allowed"),
    [
        ("/*.gif$", "/pictures/a.gif", False),
        ("/*.gif$", "/pictures/a.gif?b", True),
        ("/this/*/exactly", "/this/path/exactly", False),
        ("/news$", "/news/a", True),
        ("/a*b*c", "/a1b2c3", False),
    ],
)
def test_2_2_3_special_characters(rule: str, path: str, allowed: bool) -> None:
    assert may(group(f"Disallow: {rule}"), path) is allowed


@pytest.mark.parametrize(
    ("rule", "fits", "passes"),
    [
        ("/fisk", "/fisk /fisk.html /fisk/lax.html /fiskarna /fisk.php?id=1", "/Fisk.asp /kattfisk /?id=fisk /fis"),
        ("/fisk*", "/fisk /fisk.html /fisk/lax.html /fiskarna", "/Fisk.asp /kattfisk"),
        ("/fisk/", "/fisk/ /fisk/?id=1 /fisk/lax.htm", "/fisk /fisk.html"),
        ("fisk/", "", "/fisk/ /fisk"),
        ("/*.php", "/a.php /map/a.php?b=1 /a.phps /a.php5 //a.php", "/ /a.PHP"),
        ("/*.php$", "/a.php /map/a.php", "/a.php?b=1 /a.php/ /a.php5"),
        ("/fisk*.php", "/fisk.php /fiskar/lax.php?b=1", "/Fisk.PHP"),
        ("/*/a", "/b/a /b/c/a", "/a"),
        ("*", "/ /a", ""),
        ("/$", "/", "/a /?a"),
        ("/a;b", "/a;b?c", "/a"),
        ("/*?", "/a?b /a?", "/a"),
        ("/a?b=c&d", "/a?b=c&d=e", "/a?b=c"),
        ("/a$b", "/a$b/c", "/a"),
        ("/a**b", "/axb /ab", "/a"),
        ("/\u30c4", "/%E3%83%84 /%e3%83%84/a", "/%E3%83"),
    ],
)
def test_2_2_3_what_a_rule_fits(rule: str, fits: str, passes: str) -> None:
    rules = group(f"Disallow: {rule}")
    assert [path for path in fits.split() if may(rules, path)] == []
    assert [path for path in passes.split() if not may(rules, path)] == []


def test_2_2_3_what_follows_a_hash_is_a_comment() -> None:
    assert not may("# all\nUser-agent: wiretrail # us\nDisallow: /a # not this\n", "/a")


@pytest.mark.parametrize(
    "record",
    [
        "Sitemap: https://varnholm.example/map.xml",
        "Host: varnholm.example",
        "Crawl-delay: 5",
        "Content-Signal: ai-train=no",
        "Request-rate: 1/5",
        "Noindex: /b",
        "License: https://varnholm.example/rsl.xml",
        "a line of no form",
        "# a remark",
        "",
    ],
)
@pytest.mark.parametrize("place", ["wiretrail|*", "*|wiretrail", "otherbot|wiretrail", "wiretrail|otherbot"])
def test_2_2_4_other_records_do_not_end_a_group(record: str, place: str) -> None:
    first, second = place.split("|")
    assert not may(f"User-agent: {first}\n{record}\nUser-agent: {second}\n{record}\nDisallow: /a\n{record}\n", "/a")


def test_2_2_4_a_delay_is_for_the_agents_above_it() -> None:
    rules = read_rules(b"User-agent: otherbot\nCrawl-delay: 7\nUser-agent: wiretrail\nDisallow: /a\nCrawl-delay: 3\n")
    assert (rules.delay_seconds("otherbot"), rules.delay_seconds("wiretrail")) == (7, 3)
    assert not rules.allows(SITE + "/a", "otherbot")


@pytest.mark.parametrize(
    "name",
    [
        *("Wire", "wiretrailbot", "wiretrail-images", "wiretrail_2", "W3C-checklink", "5emeRue", "trail", "wiretrail2"),
        *("my-wiretrail", "*bot", "wire trail", "\u0175iretrail", "-", "", "/wiretrail", "Mozilla/5.0 wiretrail"),
    ],
)
def test_2_2_1_another_name_is_not_ours(name: str) -> None:
    """Also when it begins like ours, or ours like it (scrapy/protego 65: "Wire" was taken for all of us)."""
    assert may(group("Disallow: /", agent=name), "/a")
    rules = group("Disallow: /a", agent="*") + "\n" + group("Disallow: /b", agent=name)
    assert [may(rules, path) for path in ("/a", "/b")] == [False, True]


@pytest.mark.parametrize(
    "name", ["wiretrail 2.0", "wiretrail, otherbot", "WireTrail (news)", "wiretrail*", "\twiretrail"]
)
def test_2_2_1_what_stands_behind_the_token_does_not_matter(name: str) -> None:
    assert not may(group("Disallow: /", agent=name), "/a")


def test_2_2_1_three_groups_of_ours_are_one_and_a_rule_outside_of_all_is_none() -> None:
    rules = "Disallow: /before\n" + "".join(
        f"User-agent: {name}\nDisallow: /{at}\n"
        for at, name in enumerate(("wiretrail", "*", "WIRETRAIL", "wiretrail/9"))
    )
    assert [may(rules, path) for path in ("/before", "/0", "/1", "/2", "/3")] == [True, False, True, False, False]


def test_2_2_1_our_own_group_without_rules_allows_all() -> None:
    assert may(group("Disallow: /", agent="*") + "\n" + group("Disallow:"), "/a")
    assert may(group("Disallow: /", agent="*") + "\n" + group(), "/a")


@pytest.mark.parametrize("star", ["*", " * ", "* # all", "*  everyone"])
def test_2_2_1_the_star_names_all(star: str) -> None:
    assert not may(group("Disallow: /", agent=star), "/a")


@pytest.mark.parametrize(
    "line",
    [*("disallow:/a", "DISALLOW : /a", "\tDisallow:\t/a\t", "Disallow: /a#b", "Disallow /a", "Dissallow: /a")],
)
def test_2_2_lines_are_read_in_any_case_and_spacing(line: str) -> None:
    assert not may(f"user-AGENT : wiretrail\n{line}\n", "/a")
    assert not may(f"Useragent: wiretrail\n{line}\n", "/a")
    assert not may(f"User-agent wiretrail\n{line}\n", "/a")


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_2_2_only_carriage_return_and_line_feed_end_a_line(mark: str) -> None:
    assert may(f"User-agent: wiretrail\nAllow: /b{mark}Disallow: /\n", "/a")
    assert may(f"# remark {mark}User-agent: *\nDisallow: /\n", "/a")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_2_2_lines_end_in_any_way(ending: str) -> None:
    assert not may(ending.join(("User-agent: wiretrail", "Disallow: /a", "")), "/a")


def test_2_3_a_byte_order_mark_is_passed_over() -> None:
    assert not may(b"\xef\xbb\xbfUser-agent: wiretrail\nDisallow: /a\n", "/a")


@pytest.mark.parametrize("mark", [b"\xef", b"\xef\xbb", b"\xef\xbb\xbf\xef\xbb\xbf"])
def test_2_3_what_is_left_of_a_mark_is_passed_over_too(mark: bytes) -> None:
    assert not may(mark + b"User-agent: wiretrail\nDisallow: /a\n", "/a")


def test_2_3_broken_lines_are_passed_over() -> None:
    assert not may(b"\xff\xfe\x00 what\nUser-agent: wiretrail\nnonsense\nDisallow /x\nDisallow: /a\n", "/a")


def test_2_5_at_least_500_kib_are_read() -> None:
    padding = "#" + "x" * (MOST_BYTES - 100) + "\n"
    assert MOST_BYTES == 500 * 1024
    assert not may(padding + group("Disallow: /a"), "/a")


def crowd(agents: int, rules: int) -> bytes:
    """As many agents in a row as rules below them; we are not among the agents."""
    names = "".join(f"user-agent: bot{'abcdefghij'[n % 10] * (n % 7)}{n:x}x\n" for n in range(agents))
    return (names + "".join(f"allow: /{n:x}\n" for n in range(rules)) + "user-agent: *\ndisallow: /a\n").encode()


@pytest.mark.parametrize(("agents", "rules"), [(9000, 9000), (18_000, 2), (2, 30_000)])
def test_2_5_a_file_costs_by_its_length_and_not_by_agents_times_rules(agents: int, rules: int) -> None:
    """78 kB with 3,000 of each became nine million rules, in the crawl's own thread."""
    started = time.process_time()
    read = read_rules(crowd(agents, rules))
    assert not read.allows(SITE + "/a", "wiretrail")
    assert read.allows(SITE + "/b", "wiretrail")
    assert time.process_time() - started < 3


@pytest.mark.parametrize("rule", ["/*{n:x}b", "/{n:x}", "/{n:x}$"])
def test_2_5_more_rules_than_are_read_refuse_the_host(rule: str) -> None:
    lines = "".join(f"allow:{rule.format(n=n)}\n" for n in range(MOST_RULES + 2))
    read = read_rules(f"user-agent:*\n{lines}".encode())
    assert "20,000 rules" in read.why_nothing("wiretrail")
    assert not read.allows(SITE + "/b", "wiretrail")
    assert not read_rules(f"user-agent:a\n{lines}".encode()).why_nothing("wiretrail")


def test_2_5_a_rule_longer_than_any_address_fits_none_and_costs_nothing() -> None:
    started = time.process_time()
    read = read_rules(b"user-agent: *\ndisallow: /" + b"a" * 300_000 + b"\ndisallow: /b" + b"*" * 150_000 + b"c$\n")
    assert [read.allows(SITE + path, "wiretrail") for path in ("/aaa", "/b1c", "/b1")] == [True, False, True]
    assert time.process_time() - started < 2
