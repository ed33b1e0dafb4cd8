"""Asks the pages as a browser does: requests through the real application, no server and no port."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from lxml import html
from sqlalchemy import Engine
from starlette.applications import Starlette

from matcher import text
from report.site.app import make_app
from tests.storage.makers import later

NOW = later(180)


@dataclass(frozen=True)
class Browser:
    """Sends GET requests to an application at `base`, following nothing by itself."""

    app: Starlette
    base: str = "http://localhost"
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.send("GET", path, None, **headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> httpx.Response:
        """A form, as a browser sends it."""
        return self.send("POST", path, fields, **headers)

    def send(self, method: str, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> httpx.Response:
        """One request. A header's name is written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=self.base) as client:
                return await client.request(method, path, data=fields, headers={**self.headers, **named})

        return asyncio.run(ask())

    def page(self, path: str) -> Page:
        """A page that must be there."""
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code} {response.text[:300]}"
        return Page(response.text)


@dataclass(frozen=True)
class Page:
    """A page as a reader meets it."""

    source: str

    @property
    def tree(self) -> Any:
        return html.document_fromstring(self.source)

    @property
    def text(self) -> str:
        return " ".join(self.tree.text_content().split())

    @property
    def links(self) -> list[str]:
        """Every link's address, in order."""
        return [str(href) for href in self.tree.xpath("//main//a/@href")]

    def rows(self, caption: str) -> list[dict[str, str]]:
        """The rows of the table with this caption: what stands under each heading."""
        (table,) = self.tree.xpath(f"//table[caption='{caption}']")
        heads = [" ".join(head.text_content().split()) for head in table.xpath("./thead//th")]
        cells = [
            [" ".join(cell.text_content().split()) for cell in row.xpath("./td")] for row in table.xpath(".//tbody/tr")
        ]
        return [dict(zip(heads, row, strict=True)) for row in cells]

    def captions(self) -> list[str]:
        return [str(caption) for caption in self.tree.xpath("//table/caption/text()")]

    def figure(self, label: str) -> tuple[str, str]:
        """(value, address or "") of the number with this label."""
        for item in self.tree.xpath("//li[contains(@class, 'figure')]"):
            if label in item.text_content():
                (value,) = item.xpath("./b")
                return value.text_content().strip(), "".join(value.xpath("./a/@href"))
        raise AssertionError(f"no number {label!r}")


def open_pages(engine: Engine, now: datetime = NOW, **options: Any) -> Browser:
    """A browser in front of the pages over a database."""
    return Browser(make_app(engine, lambda: now, read_words=text.read, **options))
