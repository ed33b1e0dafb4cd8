"""robots.txt by RFC 9309: of all its groups, only what speaks to one agent is read.

The library matches addresses against rules. Which rules are ours is read here, in one walk over the lines: the library
gives every rule to every agent named above it, and a file of 78 kB with 3,000 of each became nine million.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from protego import Protego

from news.addresses import LONGEST_ADDRESS

MOST_BYTES = 500 * 1024
"""As many as RFC 9309 (2.5) asks to be read at least; what stands behind them is not read."""
MOST_RULES = 20_000
"""For one agent. Lines this short in a file of 500 KiB are made, not written; each is tried on every address."""

_LINE_END = re.compile(r"\r\n?|\n")
_NAME = re.compile(r"[\w-]+")
_STARS = re.compile(r"\*{2,}")
# What the library takes for the end of a line, and no file means as one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_AGENT, _ALLOW, _DISALLOW, _DELAY = "user-agent", "allow", "disallow", "crawl-delay"
# With the misspellings that Google's reader forgives.
_FIELDS = {name: name for name in (_AGENT, _ALLOW, _DISALLOW, _DELAY)}
_FIELDS |= dict.fromkeys(("useragent", "user agent"), _AGENT) | {"crawl delay": _DELAY}
_FIELDS |= dict.fromkeys(("dissallow", "dissalow", "disalow", "diasllow", "disallaw"), _DISALLOW)


@dataclass
class Group:
    """What a file says to one agent: rules (field and path, each once, in order) and the longest delay asked for."""

    named: bool = False
    rules: dict[tuple[str, str], None] = field(default_factory=dict)
    delay_seconds: float = 0.0

    def add(self, name: str, value: str) -> None:
        """Take one more line."""
        if name == _DELAY:
            self.delay_seconds = max(self.delay_seconds, _seconds(value))
        elif value and len(self.rules) <= MOST_RULES:
            path = _STARS.sub("*", value)
            if len(path) - path.count("*") <= 3 * LONGEST_ADDRESS:  # a longer one fits no address, even unescaped
                self.rules[name, path] = None


class RobotsFile:
    """A file's first 500 KiB. Agents are asked for by product token."""

    def __init__(self, body: bytes) -> None:
        # A byte-order mark is passed over, and what is left of one cut off.
        self.text = body[:MOST_BYTES].decode("utf-8", "replace").lstrip("\ufeff\ufffd")
        self._read: dict[str, tuple[Group, Protego]] = {}

    def refusal(self, agent: str) -> str:
        """Why the file cannot be kept to, "" when it can."""
        rules = self._for(agent)[0].rules
        return f"has over {MOST_RULES:,} rules for us, more than are read" if len(rules) > MOST_RULES else ""

    def allows(self, url: str, agent: str) -> bool:
        """Whether this agent may fetch the address."""
        return not self.refusal(agent) and bool(self._for(agent)[1].can_fetch(url, agent))

    def delay_seconds(self, agent: str) -> float:
        """The Crawl-delay for this agent, 0 without one."""
        return self._for(agent)[0].delay_seconds

    def _for(self, agent: str) -> tuple[Group, Protego]:
        if agent not in self._read:
            group = group_of(self.text, agent)
            lines = (f"{name}: {_CONTROL.sub(_escaped, path)}" for name, path in group.rules)
            self._read[agent] = group, Protego.parse("\n".join(("user-agent: *", *lines)))
        return self._read[agent]


def group_of(text: str, agent: str) -> Group:
    """The groups that name the agent, as one (2.2.1); without any, those for all.

    Lines of agents in a row share the rules below them. What is no rule, such as a Sitemap, a Crawl-delay or a line
    that nobody knows, ends no group (2.2.4).
    """
    ours, everyone = Group(), Group()
    speaks: list[Group] = []
    complete = False
    for name, value in _records(text):
        if name == _AGENT:
            speaks, complete = ([] if complete else speaks), False
            group = _called(value, agent, ours, everyone)
            if group is not None and group not in speaks:
                speaks.append(group)
        else:
            complete = complete or name != _DELAY
            for group in speaks:
                group.add(name, value)
    return ours if ours.named else everyone


def _called(value: str, agent: str, ours: Group, everyone: Group) -> Group | None:
    """Which of the two a line of an agent calls. The name is a whole token: "Wire" and "W3C-checklink" are others'."""
    if value.split(None, 1)[:1] == ["*"]:
        return everyone
    name = _NAME.match(value)
    if name is None or name[0].lower() != agent.lower():
        return None
    ours.named = True
    return ours


def _records(text: str) -> Iterator[tuple[str, str]]:
    """Field and value of every line that has one of ours, without comments; a blank may stand for the colon."""
    for line in _LINE_END.split(text):
        bare = line.partition("#")[0].strip()
        name, _, value = bare.partition(":")
        known = _FIELDS.get(name.strip().lower())
        if known is None and " " in bare.replace("\t", " "):
            name, value = bare.rsplit(None, 1)
            known = _FIELDS.get(name.lower())
        if known is not None:
            yield known, value.strip()


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())
