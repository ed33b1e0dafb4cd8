"""Delay of stories under a polling budget: the real policy over 1,000 simulated feeds, and over 42 real ones.

    polling [FEEDS] [DAYS] [SEED] [ITEMS.jsonl.gz]

Feeds differ in rate (log-normal, 20 stories a day on average), zone, window (15 to 60 items), and keep days, nights
and weekends. Each poll asks crawler.revisit for the next, as the pipeline does; every two hours the stretch is worked
out anew from all intervals, as each batch does. The first two days teach and are not counted. A story that left the
window between two polls is lost. The replay takes the publication times of real feeds as its stories.
"""

from __future__ import annotations

import gzip
import heapq
import json
import math
import random
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from statistics import NormalDist

from crawler.habits import NO_HABITS
from crawler.revisit import DEFAULT_POLICY, next_poll, within_budget

DAY = 1440.0
POLLS_PER_DAY = 24.0
RENEWED_MINUTES = 120.0
LEARNING_DAYS = 2.0
HISTORY_DAYS = 14.0
ITEMS = Path(__file__).parents[2] / "shared" / "data" / "feeds" / "items.jsonl.gz"
# As many as in the 600 feeds of the first measurements, and as unequal: polled hourly they lost 4.9 % to their windows.
STORIES_PER_DAY = 20.0
SIGMA = 1.7
# Stories by the hour of the reader's day, 0 to 23: few at night, most before noon and in the late afternoon.
HOURS = (3, 2, 2, 2, 3, 5, 8, 11, 13, 14, 14, 13, 12, 12, 12, 13, 13, 13, 12, 10, 8, 7, 5, 4)
MONDAY = datetime(2026, 3, 2)  # noqa: DTZ001  -- a wall clock


@dataclass(frozen=True)
class Feed:
    """Stories as minutes since the start, and how many items the feed holds."""

    stories: Sequence[float]
    window: int
    zone_hours: float = 0.0
    start: datetime = MONDAY

    def local(self, minute: float) -> datetime:
        """Its outlet's wall clock."""
        return self.start + timedelta(minutes=minute + self.zone_hours * 60)


@dataclass
class Outcome:
    """Polls, delays in minutes, and stories lost, in the counted days."""

    polls: int = 0
    lost: int = 0
    delays: list[float] = field(default_factory=list)

    def told(self, feeds: int, days: float) -> str:
        """One line of figures."""
        delays = sorted(self.delays)
        mean = sum(delays) / len(delays)
        each = self.polls / feeds / days
        off = 100.0 * (each / POLLS_PER_DAY - 1.0)
        lost = 100.0 * self.lost / (self.lost + len(delays))
        return (
            f"mean {mean:5.1f} min  p95 {delays[int(0.95 * len(delays))]:5.1f}  lost {lost:.3f} %  "
            f"polls per feed and day {each:.2f} ({off:+.1f} %)  stories {len(delays)}"
        )


def main() -> None:
    """The policy, the policy without learning, and fixed polling; simulated, then replayed."""
    counts = [int(text) for text in sys.argv[1:4]] + [1000, 30, 1][len(sys.argv[1:4]) :]
    feeds, days, seed = counts[0], float(counts[1]), counts[2]
    simulated = made(feeds, days, random.Random(seed))
    report(f"{feeds} simulated feeds, {days:.0f} days, seed {seed}", simulated, days)
    items = Path(sys.argv[4]) if len(sys.argv) > 4 else ITEMS
    if items.exists():
        real, span = replayed(items)
        report(f"{len(real)} real feeds, {span:.1f} days", real, span)
    else:
        print(f"no real feeds: {items} is not there")


def report(title: str, feeds: Sequence[Feed], days: float) -> None:
    """Adaptive and fixed polling of the same feeds."""
    learning = LEARNING_DAYS if days > 10 else days / 4
    print(title)
    for name, run in (("policy", adaptive), ("fixed", fixed)):
        outcome = run(feeds, days, learning, random.Random(7))
        print(f"  {name:8} {outcome.told(len(feeds), days - learning)}")


def made(count: int, days: float, chance: random.Random) -> list[Feed]:
    """Simulated feeds."""
    feeds = []
    # Evenly over the distribution instead of at random: a few feeds of hundreds a day must not come or stay by luck.
    spread = [math.exp(SIGMA * NormalDist().inv_cdf((number + 0.5) / count)) for number in range(count)]
    for share in spread:
        per_day = STORIES_PER_DAY * share / (sum(spread) / count)
        zone = chance.choice((-8, -5, -3, 0, 0, 1, 1, 1, 2, 3, 5, 8, 9))
        # No two newsrooms keep the same hours: some rise late, some never sleep, some work all weekend.
        late, depth, weekend_share = (
            chance.choice((-1, 0, 0, 1, 2)),
            chance.uniform(0.3, 1.3),
            chance.uniform(0.35, 0.95),
        )
        hours = [HOURS[(hour - late) % 24] ** depth for hour in range(24)]
        busiest = per_day / DAY * max(hours) / (sum(hours) / 24 * (5 + 2 * weekend_share) / 7)
        stories, minute = [], -HISTORY_DAYS * DAY
        while minute < days * DAY:
            minute += chance.expovariate(busiest)
            hour = minute / 60 + zone
            weekend = weekend_share if int(hour // 24) % 7 >= 5 else 1.0
            if minute < days * DAY and chance.random() < hours[int(hour) % 24] * weekend / max(hours):
                stories.append(minute)
        feeds.append(Feed(stories, chance.choice((15, 20, 30, 40, 60)), zone))
    return feeds


def replayed(path: Path) -> tuple[list[Feed], float]:
    """Real feeds by the publication times of their items, from a day before they were first collected to the last.

    They were collected now and then, so what was published long before a collection is missing: a hard case, since
    feeds seem to fall silent and wake again.
    """
    times: dict[str, list[datetime]] = defaultdict(list)
    seen = []
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for line in rows:
            row = json.loads(line)
            seen.append(datetime.fromisoformat(row["first_seen"]))
            published = _instant(row["published"] or "")
            if published is not None:
                times[row["feed"]].append(published)
    start = min(seen) - timedelta(days=1)
    days = (max(seen) - start).total_seconds() / 86400
    feeds = []
    for each in times.values():
        minutes = sorted((at - start).total_seconds() / 60 for at in each)
        zone_hours = (each[0].utcoffset() or timedelta(0)).total_seconds() / 3600
        stories = [minute for minute in minutes if minute < days * DAY]
        feeds.append(Feed(stories, 30, zone_hours, start.astimezone(UTC).replace(tzinfo=None)))
    return feeds, days


def _instant(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(TypeError, ValueError):
            at = read(text)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def adaptive(feeds: Sequence[Feed], days: float, learning: float, chance: random.Random) -> Outcome:
    """Every wait from crawler.revisit, under the budget."""
    outcome = Outcome()
    intervals = [15.0] * len(feeds)
    polled: list[float | None] = [None] * len(feeds)
    habits = [NO_HABITS] * len(feeds)
    queue = [(chance.uniform(0, 60), number) for number in range(len(feeds))]
    heapq.heapify(queue)
    policy, renewed = DEFAULT_POLICY, -math.inf
    while queue and queue[0][0] < days * DAY:
        now, number = heapq.heappop(queue)
        if now - renewed >= RENEWED_MINUTES:
            policy, renewed = within_budget(DEFAULT_POLICY, intervals, POLLS_PER_DAY * len(feeds)), now
        before = polled[number]
        new = _poll(feeds[number], before, now, outcome, counted=now >= learning * DAY)
        following = next_poll(
            intervals[number],
            new_links=new,
            window=feeds[number].window,
            failures=0,
            policy=policy,
            elapsed_minutes=now - before if before is not None else _span(feeds[number], now),
            first=before is None and new > 0,
            local=feeds[number].local(now),
            habits=habits[number],
            stories=_listed(feeds[number], before, now),
            jitter=chance.uniform(-1.0, 1.0),
        )
        intervals[number], polled[number], habits[number] = following.interval_minutes, now, following.habits
        heapq.heappush(queue, (now + following.wait_minutes, number))
    return outcome


def fixed(feeds: Sequence[Feed], days: float, learning: float, chance: random.Random) -> Outcome:
    """The same number of polls, every feed alike."""
    outcome = Outcome()
    for feed in feeds:
        before, now = None, chance.uniform(0, DAY / POLLS_PER_DAY)
        while now < days * DAY:
            _poll(feed, before, now, outcome, counted=now >= learning * DAY)
            before, now = now, now + DAY / POLLS_PER_DAY
    return outcome


def _span(feed: Feed, now: float) -> float | None:
    """Minutes since the oldest story the feed holds."""
    end = bisect_right(feed.stories, now)
    return now - feed.stories[max(0, end - feed.window)] if end else None


def _listed(feed: Feed, before: float | None, now: float) -> list[datetime]:
    """The times of the stories since the poll before, as far as the feed still lists them, on the outlet's clock."""
    end = bisect_right(feed.stories, now)
    start = bisect_right(feed.stories, before) if before is not None else 0
    return [feed.local(at) for at in feed.stories[max(start, end - feed.window) : end]]


def _poll(feed: Feed, before: float | None, now: float, outcome: Outcome, *, counted: bool) -> int:
    """Stories not seen before that the feed still holds; those of the first poll are counted for no delay."""
    end = bisect_right(feed.stories, now)
    start = bisect_right(feed.stories, before) if before is not None else max(0, end - feed.window)
    seen = min(end - start, feed.window)
    if counted and before is not None:
        outcome.lost += end - start - seen
        outcome.delays += [now - at for at in feed.stories[end - seen : end]]
    outcome.polls += counted
    return seen


if __name__ == "__main__":
    main()
