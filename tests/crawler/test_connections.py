"""Faults below HTTP: no such name, nobody listening, a certificate nobody vouches for; and what is said on mining."""

from __future__ import annotations

import socket
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.site import Answer, Site, page, rss


def feed_outcome(database: str, outlet_id: str) -> tuple[str, str]:
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        row = connection.execute("select outcome, reason from feeds where outlet_id = ?", (outlet_id,)).fetchone()
    return row[0], row[1]


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[str]:
    """The host of a TLS server whose certificate it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(private + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):  # the listener is closed at the end of the test
            while True:
                connection, _ = listener.accept()
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(4096)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"localhost:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_what_cannot_be_reached_says_why(sqlite_database: str, self_signed: str, site: Site, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        closed = f"127.0.0.1:{unused.getsockname()[1]}"
    rows = [
        outlet_row("closed", site, ("feed", "/a")).replace(site.host, closed),
        outlet_row("nowhere", site, ("feed", "/b")).replace(site.host, "varnholm.invalid"),
        outlet_row("secure", site, ("feed", "/c")).replace(site.host, self_signed).replace("http://", "https://"),
    ]
    counts = crawl_once(sqlite_database, tmp_path, *rows, options={"timeout_seconds": 10.0})
    assert (counts["polls"], counts["refused"]) == (3, 3)
    wanted = {
        "closed": "refused the connection",
        "nowhere": "cannot be resolved",
        "secure": "certificate cannot be verified",
    }
    for outlet_id, reason in wanted.items():
        outcome, said = feed_outcome(sqlite_database, outlet_id)
        assert outcome == "refused", "robots.txt cannot be reached, so nothing may be fetched"
        assert reason in said


def test_signals_on_mining_are_kept_with_each_fetch(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    site["/robots.txt"] = Answer("User-agent: *\nAllow: /\nLicense: https://varnholm.example/rsl.xml\n")
    meta = '<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://varnholm.example/p.json">'
    site["/news/2026-meta.html"] = page("A page that reserves its rights", head=meta, number=1)
    site["/news/2026-header.html"] = Answer(page("Another", head=meta, number=2), headers={"tdm-reservation": "0"})
    site["/feed.xml"] = rss([(site.url(f"/news/2026-{name}.html"), name, "") for name in ("meta", "header")])
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    with closing(sqlite3.connect(sqlite_database.removeprefix("sqlite:///"))) as connection:
        found = {url.rpartition("-")[2]: tdm for url, tdm in connection.execute("select url, tdm from fetches")}
    licence = "robots.txt license: https://varnholm.example/rsl.xml"
    assert found["meta.html"] == f"tdm-reservation: 1; tdm-policy: https://varnholm.example/p.json; {licence}"
    assert found["header.html"] == f"tdm-reservation: 0; {licence}"
