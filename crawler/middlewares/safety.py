"""Refuse addresses that lie inside our own network, on every hop and again when a name is resolved.

Feeds and redirects come from strangers: a 302 to 169.254.169.254 or to 127.0.0.1 is followed by Scrapy as any other.
Literal addresses are judged before the request in all forms the system's own parser takes (127.1, 0x7f.1, 2130706433),
names when their addresses arrive at connect time, so that a name which changes between two look-ups gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]  # ships no types

from crawler.outcomes import Refusal
from news.addresses import split

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Prefixes whose addresses carry an IPv4 address in their last 32 bits, which is the one that is reached.
_TRANSLATED = tuple(ipaddress.IPv6Network(net) for net in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "::/96"))
_LOCAL_TRANSLATION = ipaddress.IPv6Network("64:ff9b:1::/48")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Special by IANA's registries, but taken for global by the `ipaddress` of some Python versions.
_SPECIAL = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "2001::/23",
        "3fff::/20",
    )
)
_LOOPBACK_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")


def is_public(address: Address) -> bool:
    """Whether an address is one of the open Internet: not private, loopback, link-local, CGNAT, multicast, reserved."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        return address in _GLOBAL_UNICAST and _is_ordinary(address)
    return not address.is_reserved and _is_ordinary(address)


def _is_ordinary(address: Address) -> bool:
    special = address.is_multicast or any(address in net for net in _SPECIAL if net.version == address.version)
    return address.is_global and not special


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped, translated, 6to4 or Teredo address, else None."""
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _LOCAL_TRANSLATION or any(address in net for net in _TRANSLATED):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def is_loopback(address: Address) -> bool:
    """127.0.0.0/8 and ::1, written plainly: a mapped or translated loopback is never meant honestly."""
    return address.is_loopback


def literal(host: str) -> Address | None:
    """The address a host stands for without any look-up, in every form `inet_aton` takes; None for a name."""
    bare = host.strip("[]").split("%", 1)[0].rstrip(".")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(bare)) if _may_be_number(bare) else None
    except OSError:
        return None


def _may_be_number(host: str) -> bool:
    """inet_aton reads hexadecimal, octal and short forms; a name has a letter outside of those in its last label."""
    return host.rpartition(".")[2].lower().removeprefix("0x").strip("0123456789abcdef") == "" and host[:1].isdigit()


def refuse(address: Address, allow_loopback: bool) -> bool:
    """Whether a connection to this address is refused."""
    if is_loopback(address):
        return not allow_loopback
    return not is_public(address)


class SafeAddresses:
    """Downloader middleware: schemes and literal addresses now, resolved names through `SafeResolver`."""

    def __init__(self, allow_loopback: bool, never: Sequence[str] = ()) -> None:
        self.allow_loopback = allow_loopback
        self.never = tuple(name.lower().strip(".") for name in never)
        self.resolver: SafeResolver | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SafeAddresses:
        """Scrapy's constructor. The resolver is wrapped when the spider opens: only then the reactor has its own."""
        middleware = cls(
            crawler.settings.getbool("WIRETRAIL_ALLOW_LOOPBACK"), crawler.settings.getlist("WIRETRAIL_NEVER")
        )
        crawler.signals.connect(middleware.install, signal=signals.spider_opened)
        crawler.signals.connect(middleware.uninstall, signal=signals.spider_closed)
        return middleware

    def install(self) -> None:
        """Put our resolver in front of the reactor's."""
        from twisted.internet import reactor

        self.resolver = SafeResolver(reactor.nameResolver, self.allow_loopback)
        reactor.installNameResolver(self.resolver)

    def uninstall(self) -> None:
        """Give the reactor its own resolver back, so that crawls in one process do not stack their filters."""
        from twisted.internet import reactor

        if self.resolver is not None:
            reactor.installNameResolver(self.resolver.inner)

    def machine_of(self, url: str) -> str:
        """The address behind a host, as far as it was looked up yet; else the host's own name."""
        host = (parts.hostname or "") if (parts := split(url)) else ""
        found = literal(host)
        names = self.resolver.machines if self.resolver is not None else {}
        return str(found) if found is not None else names.get(host, host)

    def process_request(self, request: Request) -> None:
        """Raises Refusal for what must not be fetched."""
        parts = split(request.url)
        if parts is None:
            raise Refusal("refused", "not an http or https address")
        host = (parts.hostname or "").rstrip(".").lower()
        if any(host == name or host.endswith(f".{name}") for name in self.never):
            raise Refusal("refused", f"{host} is on the list of hosts never to ask")
        if host in _LOOPBACK_NAMES or host.endswith(".localhost"):
            if not self.allow_loopback:
                raise Refusal("refused", f"{host} is inside our own network")
            return
        address = literal(host)
        if address is not None and refuse(address, self.allow_loopback):
            raise Refusal("refused", f"{host} is not a public address")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Name the true cause when a look-up came back empty because every address was dropped."""
        host = (split(request.url) or split("http://unknown/")).hostname  # type: ignore[union-attr]  # the fallback parses
        if self.resolver is not None and host in self.resolver.dropped and not isinstance(exception, Refusal):
            raise Refusal("refused", f"{host} leads to an address that is not public") from exception


@implementer(IHostnameResolver)
class SafeResolver:
    """Hands on every look-up and drops the answers that are not public. `dropped` names hosts that lost some.

    `machines` is the first address each name led to.
    """

    def __init__(self, inner: Any, allow_loopback: bool) -> None:
        self.inner = inner
        self.allow_loopback = allow_loopback
        self.dropped: set[str] = set()
        self.machines: dict[str, str] = {}

    def resolveHostName(self, resolutionReceiver: Any, hostName: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802, N803  -- Twisted's interface
        """Twisted's IHostnameResolver."""
        return self.inner.resolveHostName(_Sieve(resolutionReceiver, hostName, self), hostName, *args, **kwargs)


@implementer(IResolutionReceiver)
class _Sieve:
    def __init__(self, receiver: Any, host: str, resolver: SafeResolver) -> None:
        self._receiver = receiver
        self._host = host
        self._resolver = resolver

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  -- Twisted's interface
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802  -- Twisted's interface
        found = literal(str(address.host))
        if found is None or refuse(found, self._resolver.allow_loopback):
            self._resolver.dropped.add(self._host)
        else:
            self._resolver.machines.setdefault(self._host, str(found))
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802  -- Twisted's interface
        self._receiver.resolutionComplete()
