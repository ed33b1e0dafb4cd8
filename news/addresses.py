"""What an address says by itself: its host, its site, and one spelling for the many ways it is linked.

Feeds, social buttons and mail append parameters, AMP and print views stand beside the page, so one article arrives
under many addresses (commoncrawl/news-crawl issue 44: one article, 2,162 addresses). Only spellings that cannot be
two different pages are folded here; `m.` hosts and `/amp/` prefixes are left to the page's own canonical link.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit, urlunsplit

import idna
import tldextract

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_ADDRESS = 2000
_LONGEST_HOST = 253  # of a name in the DNS

_UNSAFE = re.compile(r"[\x00-\x20\x7f]")
_NOT_ASCII = re.compile(r"[^\x21-\x7e]|[<>\"{}|\\^`]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Every escape, however its digits are written: an Arabic address has forty, unquoting each was a third of an import.
_CANONICAL = {
    f"%{high}{low}": char if (char := chr(int(high + low, 16))) in _UNRESERVED else f"%{high}{low}".upper()
    for high in "0123456789ABCDEFabcdef"
    for low in "0123456789ABCDEFabcdef"
}

# Parameters that say where the reader came from. None of them has been seen to choose the page.
_TRACKING_NAMES = """
    fbclid gclid gclsrc dclid msclkid yclid twclid ttclid igshid igsh mc_cid mc_eid mkt_tok _ga _gl _hsenc _hsmi
    ref_src ref_url xtor ns_mchannel ns_source ns_campaign ns_linkname ns_fee smid smtyp cmpid icid wt_mc wt_zmc
    wt.mc_id wt.z_mc vero_id oly_enc_id oly_anon_id hss_channel __twitter_impression guccounter guce_referrer
    guce_referrer_sig fb_action_ids fb_action_types fb_source feedtype feedname traffic_source ftag sr_share
    at_medium at_campaign at_custom1 at_custom2 at_custom3 at_custom4 s_cid spm share_id socialshare src_ref
    amp_js_v usqp amp_gsa
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "itm_")
# A parameter with exactly these values asks for another layout of the same page.
_LAYOUTS = {
    "amp": frozenset({"", "1", "true"}),
    "outputtype": frozenset({"amp"}),
    "output": frozenset({"amp"}),
    "print": frozenset({"", "1", "true", "yes"}),
    "printable": frozenset({"", "1", "true", "yes"}),
    "m": frozenset({"1"}),
    "mobile": frozenset({"", "1", "true"}),
}
# AMP caches carry the publisher's own address in their path: /c/s/host/path, /amp/s/host/path; s means https.
_AMP_CACHE = re.compile(r"^/(?:[acv]|amp)/(s/)?([^/]+)(/.*)?$")
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def split(url: str) -> SplitResult | None:
    """The parts of an http(s) address with a host and a valid port, else None. Never raises."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in DEFAULT_PORTS or not parts.hostname or port == 0:
        return None
    return parts


def host_of(url: str) -> str:
    """Host in lower case and ASCII (punycode), with its port unless it is the scheme's own; "" if there is none.

    An IPv6 host keeps its brackets, so that the result can stand in an address again.
    """
    parts = split(url)
    return "" if parts is None else _host_in(parts)


def _host_in(parts: SplitResult) -> str:
    host = _ascii_host(parts.hostname or "")
    if not host:
        return ""
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    return host if port in (None, DEFAULT_PORTS[parts.scheme.lower()]) else f"{host}:{port}"


def normalise(url: str) -> str:
    """One spelling of an address: case, default port, dot segments, escapes, no fragment, no tracking, no AMP view.

    Returns "" for what is not a fetchable http(s) address (other schemes, no host, over 2,000 characters). Idempotent.
    """
    if len(url) > LONGEST_ADDRESS:
        return ""
    for _ in range(4):  # an AMP cache inside an AMP cache has been seen; more is an attack
        folded = _normalise_once(url)
        if folded == url:
            break
        url = folded
    return url if len(url) <= LONGEST_ADDRESS else ""


def _normalise_once(url: str) -> str:
    url = _UNSAFE.sub("", url.strip())
    parts = split(url)
    host = _host_in(parts) if parts is not None else ""
    if parts is None or not host:
        return ""
    publisher = _behind_amp_cache(host, parts)
    if publisher:
        return publisher
    path = _without_amp(_without_dots(_one_escape(parts.path)))
    return urlunsplit((parts.scheme.lower(), host, path, _clean_query(parts.query), ""))


def same_site(a: str, b: str) -> bool:
    """Whether two addresses lie in one registered domain (news.example.co.uk, www.example.co.uk).

    Hosts without a registered domain (IP addresses, localhost) are one site only when host and port agree.
    """
    site_a, site_b = site_of(a), site_of(b)
    return bool(site_a) and site_a == site_b


def is_front(url: str) -> bool:
    """Whether an address is a site's front page: no path and no query."""
    parts = split(url)
    return parts is not None and not parts.path.strip("/") and not parts.query


def site_of(url: str) -> str:
    """The registered domain of an address, or host with port where there is none; "" for no address."""
    host = host_of(url)
    return _site_of_host(host) if host else ""


def covering_hosts(url: str) -> Iterator[str]:
    """Hosts that cover an address, nearest first: `a.example.com:81`, `example.com:81`, `com:81`, then portless."""
    host = host_of(url)
    bare, _, port = host.rpartition(":") if ":" in host and not host.endswith("]") else (host, "", "")
    for suffix in (f":{port}", "") if port else ("",):
        yield bare + suffix
        if not is_ip(bare):
            labels = bare.split(".")
            for start in range(1, len(labels)):
                yield ".".join(labels[start:]) + suffix


def covers(hosts: Iterable[str], url: str) -> bool:
    """Whether one of these hosts covers the address, as a catalogue's outlet does."""
    return not frozenset(hosts).isdisjoint(covering_hosts(url))


@lru_cache(maxsize=4096)
def is_ip(host: str) -> bool:
    """Whether a host (without port) is a literal IP address."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def _site_of_host(host: str) -> str:
    bare = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if is_ip(bare):
        return host
    site = str(_SUFFIXES(bare).top_domain_under_public_suffix)
    return site or host


def _ascii_host(host: str) -> str:
    """Lower case, without the root dot, international names in punycode as browsers write them (UTS 46, IDNA 2008:
    Python's own codec makes another site of straße.de); "" when that cannot be.
    """
    host = host.rstrip(".").lower()
    if len(host) > _LONGEST_HOST:
        return ""
    if host.isascii():
        return host if not _NOT_ASCII.search(host) and "%" not in host else ""
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def _one_escape(text: str) -> str:
    """Escape what must be, in capitals, and unescape what need not be: raw and escaped Arabic paths become one."""
    text = _NOT_ASCII.sub(lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode("utf-8", "replace")), text)
    return _ESCAPE.sub(lambda m: _CANONICAL[m[0]], text) if "%" in text else text


def _without_dots(path: str) -> str:
    if not path:
        return "/"
    kept: list[str] = []
    pieces = path.split("/")
    for piece in pieces:
        if piece == "..":
            if len(kept) > 1:
                kept.pop()
        elif piece != ".":
            kept.append(piece)
    if pieces[-1] in (".", ".."):
        kept.append("")
    joined = "/".join(kept)
    return joined if joined.startswith("/") else "/" + joined


def _without_amp(path: str) -> str:
    """`/news/story/amp/` is WordPress's AMP view of `/news/story/`; a bare `/amp` may be a section, so it stays."""
    for ending, kept in (("/amp/", "/"), ("/amp", "")):
        if path.endswith(ending):
            base = path[: -len(ending)]
            return base + kept if base.strip("/") else path
    return path


def _clean_query(query: str) -> str:
    return "&".join(_one_escape(pair) for pair in query.split("&") if pair and not _is_noise(pair))


def _is_noise(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = name.lower().removeprefix("amp;")  # feeds escape "&" twice
    if name in _TRACKING or name.startswith(_TRACKING_PREFIXES):
        return True
    return value.lower() in _LAYOUTS.get(name, frozenset())


def _behind_amp_cache(host: str, parts: SplitResult) -> str:
    """The publisher's own address when this is an AMP cache's, else ""."""
    if not (host.endswith(".cdn.ampproject.org") or (host in ("www.google.com", "google.com"))):
        return ""
    match = _AMP_CACHE.match(parts.path)
    if not match or "." not in match[2] or (host.endswith("google.com") and not parts.path.startswith("/amp/")):
        return ""
    scheme = "https" if match[1] else "http"
    return urlunsplit((scheme, str(match[2]), str(match[3] or "/"), parts.query, ""))
