"""Faults below HTTP: no such name, nobody listening, a certificate nobody vouches for; and what is said on mining."""

from __future__ import annotations

import socket
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

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


class Authority:
    """Signs certificates, and vouches for them where a crawl is told to trust it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Varnholm Authority")])
        own = self._certificate(self.name, self.key.public_key(), datetime.now(UTC) + timedelta(days=1))
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def context(self, host: str, until: datetime, *, signed_by_itself: bool = False) -> ssl.SSLContext:
        """What a server for this host needs, its certificate valid until then."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key.public_key(), until)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        pem = made.sign(key if signed_by_itself else self.key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        both = self.folder / "both.pem"
        both.write_bytes(private + pem.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        return context

    def _certificate(self, name: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key)
        return made.serial_number(7).not_valid_before(until - timedelta(days=9)).not_valid_after(until)


@contextmanager
def secure_server(context: ssl.SSLContext | None) -> Iterator[str]:
    """The host of a server that shakes hands, answers every request with a 404, and without a context hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):  # the listener is closed at the end of the test
            while True:
                connection, _ = listener.accept()
                if context is None:
                    connection.recv(10)
                    connection.close()
                    continue
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(4096)
                    secure.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"localhost:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_only_a_certificate_that_holds_is_accepted(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    tomorrow, yesterday = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))
    authority = Authority(tmp_path)
    contexts = {
        "vouched": authority.context("localhost", tomorrow),
        "unknown": authority.context("localhost", tomorrow, signed_by_itself=True),
        "expired": authority.context("localhost", yesterday),
        "another": authority.context("elsewhere.example", tomorrow),
        "hung-up": None,
    }
    with ExitStack() as stack:
        hosts = {name: stack.enter_context(secure_server(context)) for name, context in contexts.items()}
        rows = [
            outlet_row(name, site, ("feed", "/c")).replace(site.host, host).replace("http://", "https://")
            for name, host in hosts.items()
        ]
        trusting = {"SSL_CERT_FILE": str(authority.file)}
        crawl_once(sqlite_database, tmp_path, *rows, environment=trusting, options={"timeout_seconds": 10.0})
    outcomes = {name: feed_outcome(sqlite_database, name) for name in hosts}
    assert outcomes["vouched"][0] == "gone" or "404" in outcomes["vouched"][1], outcomes["vouched"]
    for name in ("unknown", "expired", "another"):
        assert outcomes[name][0] == "refused"
        assert "certificate cannot be verified" in outcomes[name][1], name
    assert outcomes["hung-up"][0] == "refused"
    assert "connection" in outcomes["hung-up"][1]


def test_what_cannot_be_reached_says_why(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        closed = f"127.0.0.1:{unused.getsockname()[1]}"
    rows = [
        outlet_row("closed", site, ("feed", "/a")).replace(site.host, closed),
        outlet_row("nowhere", site, ("feed", "/b")).replace(site.host, "varnholm.invalid"),
    ]
    counts = crawl_once(sqlite_database, tmp_path, *rows, options={"timeout_seconds": 10.0})
    assert (counts["polls"], counts["refused"]) == (2, 2)
    wanted = {
        "closed": "refused the connection",
        "nowhere": "cannot be resolved",
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
