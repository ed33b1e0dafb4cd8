"""Agency items read from the files agencies send: parse() turns one file into Filings."""

from crawler.wire.recognise import MAX_BYTES, parse
from news.errors import NotAStory, UnreadableFiling, WireError

__all__ = ["MAX_BYTES", "NotAStory", "UnreadableFiling", "WireError", "parse"]
