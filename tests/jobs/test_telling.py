"""What the daemon tells over HTTP: figures as Prometheus reads them, and whether it is well."""

from __future__ import annotations

import json
import select
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError
from sqlalchemy import insert

from config import MetricsConfig
from jobs.context import Context
from jobs.daemon.measuring import LATE_SECONDS, Watch
from jobs.daemon.telling import MOST_AT_ONCE, Teller, _Handler, open_teller
from news.errors import JobError
from storage import outbox
from storage.engine import writing
from storage.models import ArticleRow, FeedRow, FetchRow, OutletRow
from tests.jobs.newsdesk import context_of
from tests.patience import PATIENCE_SECONDS
from tests.report.smtp_servers import free_port

Figures = dict[tuple[str, ...], float]


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Context:
    return context_of(database_url, tmp_path)


@pytest.fixture
def watch() -> Watch:
    return Watch(intervals={"crawl": 10.0, "match": 20.0})


@contextmanager
def telling(context: Context, watch: Watch) -> Iterator[str]:
    settings = MetricsConfig(port=free_port())
    teller = Teller(settings, watch, lambda: context)
    try:
        yield f"http://127.0.0.1:{settings.port}"
    finally:
        teller.close()


@pytest.fixture
def address(context: Context, watch: Watch) -> Iterator[str]:
    with telling(context, watch) as address:
        yield address


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def figures(address: str) -> Figures:
    status, text = get(f"{address}/metrics")
    assert status == 200
    families = text_string_to_metric_families(text)
    samples = (sample for family in families for sample in family.samples)
    return {(sample.name.removeprefix("wiretrail_"), *values(sample.labels)): sample.value for sample in samples}


def values(labels: dict[str, str]) -> list[str]:
    return [labels[name] for name in ("job", "what", "state", "outcome") if name in labels]


def fill(context: Context) -> None:
    now = context.now()
    with writing(context.engine) as session:
        session.add(OutletRow(id="daily", name="Daily", hosts=["daily.example"], country="", zone="", language=""))
        session.flush()
        for number, days in ((1, -1), (2, 1)):
            url = f"https://daily.example/{number}.xml"
            feed = {"kind": "feed", "host": "daily.example", "due_at": now + timedelta(days=days)}
            session.add(FeedRow(outlet_id="daily", url=url, failures=number - 1, polled_at=now, **feed))
        for recipient in ("a@daily.example", "b@daily.example"):
            outbox.put(
                session,
                local_date=date(2026, 3, 1),
                recipient=recipient,
                message_id="<1@x>",
                subject="x",
                message=b"x",
                now=now,
            )


def fetch(context: Context, url: str, outcome: str) -> None:
    with writing(context.engine) as session:
        values = {"outlet_id": "daily", "url": url, "fetched_at": context.now(), "outcome": outcome}
        session.execute(insert(FetchRow).values(values))


def test_how_things_stand(context: Context, watch: Watch, address: str) -> None:
    fill(context)
    with context.run("crawl") as counts:
        counts["fetches"] = 3
    watch.running.add("crawl")
    watch.asked["crawl"] = time.monotonic()
    watch.batches["match", "failed"] += 2
    watch.add("match", {"pickups_added": 7, "stopped": True, "text": "x"})
    found = figures(address)
    assert found["due_rows", "feed"] == 1
    assert found["due_rows", "page"] == 0
    assert found["failing_feeds",] == 1
    assert found["digests", "composed"] == 2
    assert found["digests", "sent"] == 0
    assert (found["running_children", "crawl"], found["running_children", "match"]) == (1, 0)
    assert found["batches_total", "match", "failed"] == 2
    assert found["job_counts_total", "match", "pickups_added"] == 7
    assert found["last_success_timestamp_seconds", "crawl"] == pytest.approx(context.now().timestamp())
    assert found["last_tick_timestamp_seconds", "crawl"] == pytest.approx(time.time(), abs=5)
    assert found["database_up",] == 1
    assert found["process_resident_memory_bytes",] > 1e6


def test_counters_begin_with_the_process_and_count_what_comes(context: Context, watch: Watch) -> None:
    fill(context)
    fetch(context, "https://daily.example/before", "ok")
    with telling(context, watch) as address:
        fetch(context, "https://daily.example/1.xml", "not modified")
        for _ in range(3):
            fetch(context, "https://daily.example/page", "ok")
        with writing(context.engine) as session:
            now = context.now()
            session.add(ArticleRow(outlet_id="daily", canonical_url="x", first_seen_at=now, last_seen_at=now))
        for _ in range(2):
            found = figures(address)
            requests = {key[1:]: value for key, value in found.items() if key[0] == "requests_total"}
            assert requests == {("feed", "not modified"): 1, ("page", "ok"): 3}
            assert found["articles_stored_total",] == 1
        fetch(context, "https://daily.example/page", "ok")
        assert figures(address)["requests_total", "page", "ok"] == 4


def test_names_are_as_prometheus_wants_them(context: Context, watch: Watch, address: str) -> None:
    watch.batches["match", "ok"] += 1
    watch.add("match", {"versions": 1})
    _, text = get(f"{address}/metrics")
    for family in text_string_to_metric_families(text):
        assert family.name.startswith(("wiretrail_", "process_")), family.name
        assert family.documentation
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name


def test_silent_outlets_are_counted(context: Context, address: str) -> None:
    fill(context)
    found = figures(address)
    assert (found["silent_outlets", "quiet"], found["silent_outlets", "broken"]) == (0, 0), "followed for no day yet"


@pytest.mark.parametrize(("late", "status"), [(0.0, 200), (3 * 10.0 + LATE_SECONDS + 1, 503)])
def test_a_tick_that_stopped_is_unwell(watch: Watch, address: str, late: float, status: int) -> None:
    watch.began -= 1000
    watch.asked |= {"crawl": time.monotonic() - late, "match": time.monotonic()}
    code, body = get(f"{address}/healthy")
    assert code == status
    assert json.loads(body)["healthy"] == (status == 200)
    assert ("crawl: not asked for" in body) == (status == 503)


def test_a_long_child_is_no_stopped_tick(watch: Watch, address: str) -> None:
    watch.asked |= {"crawl": time.monotonic() - 5000, "match": time.monotonic()}
    watch.running.add("crawl")
    assert get(f"{address}/healthy")[0] == 200


def test_without_a_database_it_says_so_and_goes_on(sqlite_database: str, tmp_path: Path, watch: Watch) -> None:
    context = context_of(sqlite_database, tmp_path)
    context.engine.dispose()
    file = Path(sqlite_database.removeprefix("sqlite:///"))
    file.unlink()
    file.mkdir()
    with telling(context, watch) as address:
        found = figures(address)
        assert found["database_up",] == 0
        assert "running_children" in {name[0] for name in found}
        code, body = get(f"{address}/healthy")
    assert code == 503
    assert "database: " in json.loads(body)["reasons"][0]


def test_nothing_else_is_told(address: str) -> None:
    assert get(f"{address}/")[0] == 404
    assert get(f"{address}/metrics/../secret")[0] == 404
    request = urllib.request.Request(f"{address}/metrics", data=b"x", method="POST")
    with pytest.raises(urllib.error.HTTPError, match="501"):
        urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)


def test_it_is_off_unless_asked_for(context: Context, watch: Watch) -> None:
    assert open_teller(MetricsConfig(), watch, lambda: context) is None


def test_a_port_in_use_is_named(context: Context, watch: Watch, address: str) -> None:
    port = int(address.rpartition(":")[2])
    with pytest.raises(JobError, match=f"{port} cannot be served: Address already in use"):
        Teller(MetricsConfig(port=port), watch, lambda: context)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_let_in_only_when_that_is_said(address: str) -> None:
    with pytest.raises(ValidationError, match="set metrics"):
        MetricsConfig(port=9000, address=address)
    assert MetricsConfig(port=9000, address=address, beyond_loopback=True).address == address
    assert MetricsConfig(port=9000, address="::1").address == "::1"
    with pytest.raises(ValidationError, match="is no IP address"):
        MetricsConfig(port=9000, address="localhost")


def test_who_drips_is_cut_and_others_are_answered(
    context: Context, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes in time; without an end for the whole request eight of them kept everybody else out for good."""
    monkeypatch.setattr(_Handler, "timeout", 0.5)
    with telling(context, watch) as address, ExitStack() as stack:
        port = int(address.rpartition(":")[2])
        dripping = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(MOST_AT_ONCE)]
        for visitor in dripping:
            visitor.sendall(b"GET /metrics HTTP/1.1\r\n")
        while not select.select(dripping, [], [], 0.05)[0]:
            for visitor in dripping:
                visitor.sendall(b"X")
        for visitor in dripping:
            visitor.settimeout(60)
            with suppress(ConnectionError):
                assert visitor.recv(1) == b""
        assert get(f"{address}/metrics")[0] == 200
