"""Files that are damaged, hostile or nothing at all: a WireError that names them, or filings, and nothing else."""

from __future__ import annotations

import random
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.wire_fuzz import hostile, mutate, outcome
from crawler.wire import MAX_BYTES, parse
from news.errors import NotAStory, UnreadableFiling, WireError
from tests.wire.catalogue import AGENCIES, DATA, RECEIVED

FILES = [path.read_bytes() for path in sorted(DATA.iterdir()) if not path.name.endswith(".expected.json")]
NITF = (DATA / "nitf_aap.xml").read_bytes()


def read(data: bytes) -> object:
    return parse(data, "some file", received=RECEIVED, agencies=AGENCIES)


def test_nothing_is_fetched_and_no_entity_expands() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        ends = [outcome(data, f"hostile {number}") for number, data in enumerate(hostile(listener.getsockname()[1]))]
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert set(ends) <= {"not a story", "unreadable", "filings"}


def test_a_local_file_named_by_an_entity_stays_unread() -> None:
    secret = f'<!DOCTYPE nitf [<!ENTITY e SYSTEM "file://{DATA / "ticker.txt"}">]>'.encode()
    body = NITF.partition(b"?>")[2].replace(b"Train drivers", b"&e; Train drivers")
    filing = parse(secret + body, "x", received=RECEIVED, agencies=AGENCIES)[0]
    assert "NIGHT TRAINS" not in " ".join(filing.paragraphs)
    assert filing.paragraphs


@given(st.data())
@settings(max_examples=60)
def test_a_truncated_document_is_never_half_a_filing(data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(
            ["newsml_afp.xml", "g2_package.xml", "nitf_aap.xml", "ninjs1.json", "afp_core.json", "rss_agency.xml"]
        )
    )
    whole = (DATA / name).read_bytes().rstrip()
    cut = data.draw(st.integers(min_value=0, max_value=len(whole) - 1))
    with pytest.raises(UnreadableFiling):
        read(whole[:cut])


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_end_in_filings_or_a_wire_error(data: bytes) -> None:
    message = refusal(data)
    assert not message or message.startswith("some file: ")


def refusal(data: bytes) -> str:
    """The message of the WireError a file raises, "" when it becomes filings; any other exception fails the test."""
    try:
        read(data)
    except WireError as error:
        return str(error) if error.reason and error.origin == "some file" else "a nameless error"
    return ""


@pytest.mark.parametrize("seed", range(150))
def test_mutated_files_end_in_filings_or_a_wire_error(seed: int) -> None:
    chance = random.Random(seed)
    assert outcome(mutate(chance.choice(FILES), chance.choice(FILES), chance), f"mutant {seed}")


def test_an_oversized_file_is_refused_unread() -> None:
    with pytest.raises(UnreadableFiling, match="more than"):
        read(b" " * (MAX_BYTES + 1))


@pytest.mark.parametrize("data", [b"", b"  \n", b"\x00\x01\x02", b"Once upon a time.", b'{"a": 1}', b"[]", b"<a"])
def test_what_is_no_feed_file_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableFiling):
        read(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xd8\xff\xe0 JFIF", "picture file"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x00\x00\x18ftypmp42", "video file"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT", "calendar"),
        (b"<html><p>x</p></html>", "web page"),
        (
            b'<conceptItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="a"><concept/></conceptItem>',
            "event or concept",
        ),
        (b"<packageItem/>", "package of 0 references"),
        (b'[{"startDate": "2024", "endDate": "2024"}]', "calendar"),
        (b"Club 1 2\n" * 40, "table or listing"),
    ],
)
def test_what_is_known_but_no_story_is_refused_by_what_it_is(data: bytes, reason: str) -> None:
    with pytest.raises(NotAStory, match=reason):
        read(data)


def test_a_bad_row_refuses_all_lines_and_is_named() -> None:
    good = b'{"agency":"AFP","id":"1","headline":"h","text":"Drivers walked out."}\n'
    with pytest.raises(UnreadableFiling, match="row 2"):
        read(good + b'{"id":"2","headline":"h","text":"x"}\n')
    with pytest.raises(UnreadableFiling, match="line 2"):
        read(good + b"{half a row\n")


def test_errors_survive_a_process_pool() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(NotAStory("file.xml", "a picture item")))
    assert (type(error), error.origin, error.reason) == (NotAStory, "file.xml", "a picture item")
