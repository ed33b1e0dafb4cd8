"""The wire folder's files are read by the wire door, each as the take it is."""

from __future__ import annotations

from crawler.wire import parse
from demo.shapes import Newsroom
from demo.stories import load_stories
from news.articles import Filing


def filings(newsroom: Newsroom, part: str) -> list[Filing]:
    return [
        filing
        for file in newsroom.wire_files
        if part in file.name
        for filing in parse(file.content, file.name, received=file.moment)
    ]


def test_every_wire_story_arrives_take_by_take(newsroom: Newsroom) -> None:
    stories = [story for story in load_stories(newsroom.start).values() if story.door == "wire"]
    assert len(newsroom.wire_files) == sum(len(story.takes) for story in stories) >= 4
    for story in stories:
        found = filings(newsroom, story.id)
        assert len({filing.story_id for filing in found}) == 1
        assert [filing.filed.at for filing in found] == [take.filed for take in story.takes]
        assert [filing.headline for filing in found] == [take.headline for take in story.takes]
        assert {filing.agency for filing in found} == {"AFP"}
        assert {filing.language for filing in found} == {story.language}
        for filing, take in zip(found, story.takes, strict=True):
            assert set(take.paragraphs) <= set(filing.paragraphs)


def test_the_correction_is_read_as_one(newsroom: Newsroom) -> None:
    (correction,) = newsroom.truth.corrections
    first, second = filings(newsroom, correction.story)
    assert (first.status, second.status) == ("usable", "corrected")
    assert second.supersedes == first.take_id
    assert second.notice.startswith(correction.notice[:40])
    assert second.filed.at == correction.filed


def test_the_late_original_says_when_it_was_filed_not_when_it_came(newsroom: Newsroom) -> None:
    for story in newsroom.truth.late_stories:
        (file,) = [file for file in newsroom.wire_files if story in file.name]
        (filing,) = filings(newsroom, story)
        assert filing.filed.at is not None
        assert filing.filed.at < file.moment
