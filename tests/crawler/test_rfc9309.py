"""The robots exclusion protocol, clause by clause; how files are fetched and kept is tested in test_politeness."""

from __future__ import annotations

import pytest

from crawler.middlewares.robots import MOST_BYTES, product_token, read_rules

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


def test_2_2_3_what_follows_a_hash_is_a_comment() -> None:
    assert not may("# all\nUser-agent: wiretrail # us\nDisallow: /a # not this\n", "/a")


def test_2_2_4_other_records_do_not_end_a_group() -> None:
    assert not may("User-agent: wiretrail\nSitemap: https://varnholm.example/map.xml\nDisallow: /a\n", "/a")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_2_2_lines_end_in_any_way(ending: str) -> None:
    assert not may(ending.join(("User-agent: wiretrail", "Disallow: /a", "")), "/a")


def test_2_3_a_byte_order_mark_is_passed_over() -> None:
    assert not may(b"\xef\xbb\xbfUser-agent: wiretrail\nDisallow: /a\n", "/a")


def test_2_3_broken_lines_are_passed_over() -> None:
    assert not may(b"\xff\xfe\x00 what\nUser-agent: wiretrail\nnonsense\nDisallow /x\nDisallow: /a\n", "/a")


def test_2_5_at_least_500_kib_are_read() -> None:
    padding = "#" + "x" * (MOST_BYTES - 100) + "\n"
    assert MOST_BYTES == 500 * 1024
    assert not may(padding + group("Disallow: /a"), "/a")
