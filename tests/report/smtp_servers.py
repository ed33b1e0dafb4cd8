"""Real mail servers on loopback: aiosmtpd that keeps what it takes, and a scripted one that fails where told."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Inbox:
    """What a server took: (sender, recipients, bytes), and whether each sender had logged in.

    `refused`: what it says to which recipient instead of taking theirs.
    """

    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    logged_in: list[bool] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802  -- aiosmtpd's hook
        self, _server: object, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, _server: object, session: Session, envelope: Envelope) -> str:  # noqa: N802  -- aiosmtpd's hook
        assert isinstance(envelope.content, bytes)
        self.taken.append((str(envelope.mail_from), [str(to) for to in envelope.rcpt_tos], envelope.content))
        self.logged_in.append(bool(session.authenticated))
        return "250 taken"


def check_login(_server: object, _session: object, _envelope: object, _mechanism: str, data: Any) -> AuthResult:
    """One user, one password."""
    return AuthResult(success=data.login == b"desk" and data.password == b"open sesame", handled=False)


@contextmanager
def mail_server(**options: Any) -> Iterator[tuple[Inbox, int]]:
    """A running aiosmtpd server on 127.0.0.1 and its port."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), server_hostname="localhost", **options)
    controller.start()
    try:
        yield inbox, controller.port
    finally:
        controller.stop()


@contextmanager
def scripted_server(script: dict[str, str], *, silent_after: str = "", drips_after: str = "") -> Iterator[int]:
    """A server that says `script[command]` to a command, 250 otherwise. An empty answer closes the connection.

    "CONNECT" is the greeting and "TEXT" stands for the end of the message. After the command `silent_after` it reads
    on and never answers again; after `drips_after` it says "going on" every 50 ms, and never ends.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(10)
            with suppress(OSError):
                _converse(connection, script, silent_after, stop, drips_after)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        thread.join(10)
        listener.close()


def _converse(
    connection: socket.socket, script: dict[str, str], silent_after: str, stop: threading.Event, drips_after: str = ""
) -> None:
    lines = connection.makefile("rb")
    command = "TLS" if drips_after == "TLS" else "CONNECT"
    while True:
        answer = script.get(command, {"CONNECT": "220 ready", "DATA": "354 go on"}.get(command, "250 fine"))
        if command == silent_after:
            stop.wait(10)
            return
        if command == drips_after:
            if command == "STARTTLS":
                connection.sendall(b"220 go on\r\n")
            _drip(connection, stop, handshake=command in ("STARTTLS", "TLS"))
            return
        if not answer:
            return
        connection.sendall(answer.encode() + b"\r\n")
        if answer.startswith("354"):
            while lines.readline() not in (b".\r\n", b""):
                pass
            command = "TEXT"
            continue
        line = lines.readline()
        if not line:
            return
        command = line.split()[0].decode().upper().partition(":")[0]


def _drip(connection: socket.socket, stop: threading.Event, *, handshake: bool) -> None:
    """An answer without end; or, once the client has begun its handshake, a record of 16 KiB byte by byte."""
    if handshake:
        connection.recv(4096)
        connection.sendall(b"\x16\x03\x03\x40\x00")
    while not stop.wait(0.05):
        connection.sendall(b"\x02" if handshake else b"250-going on\r\n")


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server context for 127.0.0.1 with a certificate made now, and the file that makes it trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, str(public)
