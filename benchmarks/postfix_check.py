"""A digest through a real mail server and back: Debian's postfix on loopback, delivering to a folder only.

`postfix_check CONFIGURATION DATE`: the digests of that local date (daily and weekly) of a configuration, such as the
one `wiretrail demo` leaves behind, are sent twice over by the program's own command; what postfix delivered is read
back and compared with the outbox. Needs root and `apt-get install postfix`; nothing leaves this machine.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

RECIPIENT = "desk@wiretrail.test"
WAIT_SECONDS = 30.0
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.wiretrail.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
virtual_mailbox_domains = wiretrail.test
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{{recipient}=desk/}}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 100
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
alias_maps =
"""


def main(configuration: Path, date: str) -> None:
    with tempfile.TemporaryDirectory(prefix="wiretrail-postfix-") as made, postfix(Path(made)) as port:
        for kind in ((), ("--weekly",)):
            for _ in range(2):
                send(configuration, date, port, kind)
        mails = delivered(Path(made) / "mail" / "desk" / "new", 2)
        print(f"delivered {len(mails)} of 2, each sent twice over")
        for mail in mails:
            describe(mail)
        assert len({mail["Message-ID"] for mail in mails}) == len(mails) == 2


@contextmanager
def postfix(folder: Path) -> Iterator[int]:
    """A postfix of its own, with its own queue and configuration, on a free port of loopback."""
    folder.chmod(0o755)
    port = free_port()
    owner = pwd.getpwnam("nobody")
    for name in ("conf", "queue", "data", "mail"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    values = {"folder": folder, "recipient": RECIPIENT, "uid": owner.pw_uid, "gid": owner.pw_gid}
    (folder / "conf" / "main.cf").write_text(MAIN.format(**values))
    services = Path("/etc/postfix/master.cf").read_text()
    (folder / "conf" / "master.cf").write_text(on_port(services, port))
    run = ("postfix", "-c", str(folder / "conf"))
    subprocess.run([*run, "start"], check=True)
    try:
        yield port
    finally:
        subprocess.run([*run, "stop"], check=True)


def on_port(services: str, port: int) -> str:
    """The machine's list of services, with the SMTP one on our port and none in a chroot."""
    return "".join(f"{_service(line.split(), port) or line}\n" for line in services.splitlines())


def _service(fields: list[str], port: int) -> str:
    """The line of a service as we want it; empty for a comment or an argument."""
    if len(fields) != 8 or fields[0].startswith(("#", "-")):
        return ""
    name = f"127.0.0.1:{port}" if fields[:2] == ["smtp", "inet"] else fields[0]
    return " ".join([name, *fields[1:4], "n", *fields[5:]])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def send(configuration: Path, date: str, port: int, kind: tuple[str, ...]) -> None:
    """One run of the program's own command."""
    settings = {
        "WIRETRAIL_CONFIG": str(configuration),
        "WIRETRAIL_SMTP__HOST": "127.0.0.1",
        "WIRETRAIL_SMTP__PORT": str(port),
        "WIRETRAIL_DIGEST__RECIPIENTS": f'["{RECIPIENT}"]',
        "WIRETRAIL_DIGEST__SENDER": "wiretrail@wiretrail.test",
        "WIRETRAIL_DIGEST__LANGUAGE": "fr" if kind else "en",
    }
    command = [sys.executable, "-m", "cli", "digest", "--send", "--date", date, *kind]
    subprocess.run(command, env=os.environ | settings, check=True)


def delivered(inbox: Path, wanted: int) -> list[EmailMessage]:
    """What lies in the mailbox, once as much as wanted does and for two seconds no more has come."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and len(list(inbox.glob("*"))) < wanted:
        time.sleep(0.1)
    time.sleep(2)
    read = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(inbox.glob("*"))]
    return [mail for mail in read if isinstance(mail, EmailMessage)]


def describe(mail: EmailMessage) -> None:
    """What a mail program would show of it; fails where a part cannot be read."""
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert page.get_content().count('role="img"') == 2
    print(f"{mail['Subject']}")
    for name in ("From", "To", "Date", "Message-ID", "Content-Language", "List-Id", "Auto-Submitted", "Delivered-To"):
        print(f"  {name}: {mail[name]}")
    lines = text.get_content().splitlines()
    print(f"  text {len(lines)} lines, longest {max(map(len, lines))}; HTML {len(page.get_content())} bytes")
    print(f"  {[part.get_filename() for part in mail.iter_attachments()]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
