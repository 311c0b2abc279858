#!/usr/bin/env python3
"""Send the files of an instrument's folder to the lab, each once, whatever happens in between.

One file, Python 3.8 or later, nothing but the standard library. It watches a folder, waits until a file has stopped
growing, sends it (a large one in parts that can be resumed), tries again with growing pauses, and writes down what is
done in a journal, so that a restart repeats nothing. Every minute it tells the lab that it lives.

    python3 lims_agent.py --lab https://lab.example.org --instrument INST-0001 --token-file token.txt --folder exports
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import random
import socket
import sqlite3
import ssl
import sys
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

VERSION = "1.0"
LARGE_BYTES = 8 * 1024 * 1024
PART_BYTES = 4 * 1024 * 1024
READ_BYTES = 256 * 1024
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 600.0
TIMEOUT_S = 60
LEFT_OUT = ("~$", ".~lock", "Thumbs.db", "desktop.ini", ".DS_Store")
UNFINISHED = (".tmp", ".part", ".crdownload", ".lock")


class Refused(Exception):
    """The lab has judged this file and will not take it; sending it again would not help."""


class NotNow(Exception):
    """The lab or the network did not answer as it should; to be tried again."""


class Answer(NamedTuple):
    """A status, its headers in lower case, and the body."""

    status: int
    headers: Dict[str, str]
    body: bytes

    def json(self) -> Dict[str, Any]:
        try:
            found = json.loads(self.body.decode("utf-8") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def words(self) -> str:
        """Return what the lab says in words, on one line."""
        told = self.json()
        sentences = ["; ".join(map(str, v)) if isinstance(v, list) else str(v) for v in told.values()]
        return (" ".join(sentences) or self.body[:200].decode("utf-8", "replace")).replace("\n", " ")[:500]


class Lab:
    """The lab's API as this instrument sees it."""

    def __init__(self, url: str, token: str, instrument: str, ca_file: Optional[str] = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SystemExit(f"--lab must be an address such as https://lab.example.org, not {url!r}.")
        self.parts, self.token, self.instrument = parts, token, instrument
        self.base = parts.path.rstrip("/") + "/api/v1"
        self.context = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None

    def call(
        self, method: str, path: str, body: Any = None, headers: Optional[Dict[str, str]] = None
    ) -> Answer:
        """Make one call; raises NotNow where no whole answer comes."""
        sent = {
            "Authorization": f"Token {self.token}",
            "User-Agent": f"lims-agent/{VERSION}",
            **(headers or {}),
        }
        connection = self._connect()
        try:
            connection.request(method, path if path.startswith("/") else f"{self.base}/{path}", body, sent)
            answer = connection.getresponse()
            read = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NotNow(f"{self.parts.hostname} did not answer: {error or type(error).__name__}") from error
        finally:
            connection.close()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, read)

    def _connect(self) -> http.client.HTTPConnection:
        host = str(self.parts.hostname)
        if self.context is not None:
            return http.client.HTTPSConnection(host, self.parts.port, timeout=TIMEOUT_S, context=self.context)
        return http.client.HTTPConnection(host, self.parts.port, timeout=TIMEOUT_S)

    def heartbeat(self, every_s: float, waiting: int, problem: str) -> None:
        body = {
            "every_s": every_s,
            "agent_version": VERSION,
            "host": socket.gethostname()[:120],
            "waiting_files": waiting,
            "sent_at": datetime.now(timezone.utc).isoformat(),
            "problem": problem[:500],
        }
        judged(
            self.call(
                "POST",
                f"instruments/{self.instrument}/heartbeat/",
                json.dumps(body).encode(),
                {"Content-Type": "application/json"},
            )
        )


def judged(answer: Answer) -> Answer:
    """Return an answer that is well, or raise what is to be done about it."""
    if answer.status < 400:
        return answer
    # 401 and 403 are mended by a person at the lab; the file is fine and waits.
    if answer.status in (401, 403, 408, 409, 423, 425, 429) or answer.status >= 500:
        raise NotNow(f"the lab answered {answer.status}: {answer.words()}")
    raise Refused(f"{answer.status}: {answer.words()}")


class Journal:
    """What has been sent, and how far an upload is; survives whatever kills the agent."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.database = sqlite3.connect(str(path), timeout=30, isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.execute(
            "CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, sha256 TEXT, "
            "state TEXT, answer TEXT, upload TEXT, tries INTEGER DEFAULT 0, not_before REAL DEFAULT 0, at REAL)"
        )

    def row(self, path: str) -> Dict[str, Any]:
        cursor = self.database.execute("SELECT * FROM files WHERE path = ?", (path,))
        found = cursor.fetchone()
        return dict(zip([column[0] for column in cursor.description], found)) if found else {}

    def note(self, path: str, **facts: Any) -> None:
        facts["at"] = time.time()
        self.database.execute("INSERT OR IGNORE INTO files (path) VALUES (?)", (path,))
        columns = ", ".join(f"{name} = ?" for name in facts)
        self.database.execute(f"UPDATE files SET {columns} WHERE path = ?", (*facts.values(), path))

    def is_done(self, path: str, size: int, mtime_ns: int) -> bool:
        """Return whether this very state of the file was sent or refused."""
        row = self.row(path)
        return (
            bool(row)
            and row["state"] in ("sent", "refused")
            and (row["size"], row["mtime_ns"]) == (size, mtime_ns)
        )


class Found(NamedTuple):
    """A file of the folder as it was when it was looked at."""

    path: Path
    name: str
    channel: str
    size: int
    mtime_ns: int


class Agent:
    """Watches one folder for one instrument."""

    def __init__(self, lab: Lab, journal: Journal, folder: Path, options: argparse.Namespace) -> None:
        self.lab, self.journal, self.folder, self.options = lab, journal, folder, options
        self.seen: Dict[str, Tuple[int, int, float]] = {}
        self.problem = ""
        self.beat_at = 0.0
        self.waiting = 0

    def run(self) -> None:
        """Send what comes, for ever or once."""
        while True:
            left = self.round()
            if self.options.once and not left:
                return
            self.rest()

    def round(self) -> int:
        """Look through the folder once, send what is ready, and return how many files still wait."""
        left = 0
        for found in self.files():
            if self.journal.is_done(str(found.path), found.size, found.mtime_ns):
                continue
            left += 1
            self.waiting = left
            self.beat()
            if self.is_stable(found) and self.is_time(found):
                left -= self.send(found)
        self.waiting = left
        self.beat()
        return left

    def files(self) -> Iterator[Found]:
        for folder, folders, names in os.walk(str(self.folder)):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = Path(folder) / name
                if name.startswith(LEFT_OUT) or name.lower().endswith(UNFINISHED) or name.startswith("."):
                    continue
                if not any(path.match(pattern) for pattern in self.options.pattern):
                    continue
                try:
                    told = path.stat()
                except OSError:
                    continue
                if told.st_size:
                    channel = self.options.channel or self.channel_of(path)
                    yield Found(path, name, channel, told.st_size, told.st_mtime_ns)

    def channel_of(self, path: Path) -> str:
        """Return the channel that a file's own folder is named for, where such folders are told."""
        inside = path.relative_to(self.folder).parts[:-1]
        return inside[0] if inside and inside[0] in self.options.channel_folders else ""

    def is_stable(self, found: Found) -> bool:
        """Return whether a file has kept its size and time long enough; one that is being written waits."""
        key, now = str(found.path), time.monotonic()
        known = self.seen.get(key)
        if known is None or known[:2] != (found.size, found.mtime_ns):
            self.seen[key] = (found.size, found.mtime_ns, now)
            # A file that nobody has touched for long enough was stable before the agent looked.
            return bool(time.time() - found.mtime_ns / 1e9 >= self.options.stable_s)
        return bool(now - known[2] >= self.options.stable_s)

    def is_time(self, found: Found) -> bool:
        row = self.journal.row(str(found.path))
        return not row or (row["not_before"] or 0) <= time.time()

    def send(self, found: Found) -> bool:
        """Send one file, and return whether it is done with: taken or refused."""
        key = str(found.path)
        try:
            answer = self.post(found) if found.size <= LARGE_BYTES else self.upload(found)
        except Refused as refusal:
            self.journal.note(
                key,
                size=found.size,
                mtime_ns=found.mtime_ns,
                state="refused",
                answer=str(refusal),
                upload=None,
            )
            self.say(f"refused  {found.name}: {refusal}")
            return True
        except (NotNow, OSError) as problem:
            self.postpone(found, str(problem))
            return False
        self.problem = ""
        self.journal.note(
            key, size=found.size, mtime_ns=found.mtime_ns, state="sent", answer=answer, upload=None, tries=0,
            not_before=0,
        )  # fmt: skip
        self.say(f"sent     {found.name} ({answer})")
        return True

    def postpone(self, found: Found, problem: str) -> None:
        tries = (self.journal.row(str(found.path)).get("tries") or 0) + 1
        pause = min(LONGEST_PAUSE_S, self.options.first_pause_s * 2 ** min(tries - 1, 12))
        # A lab that comes back is not met by all of its instruments in the same second.
        pause *= 0.5 + random.random()
        self.journal.note(
            str(found.path), state="waits", answer=problem, tries=tries, not_before=time.time() + pause
        )
        self.problem = problem
        self.say(f"waits    {found.name}, again in {pause:.0f} s: {problem}")

    def post(self, found: Found) -> str:
        """Send a small file whole."""
        content = found.path.read_bytes()
        self.still(found, len(content))
        fields = {"instrument": self.lab.instrument}
        if found.channel:
            fields["channel"] = found.channel
        boundary = uuid.uuid4().hex
        pieces: List[bytes] = []
        for name, value in fields.items():
            pieces.append(
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            )
        safe = found.name.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
        pieces.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
        )
        pieces += [content, f"\r\n--{boundary}--\r\n".encode()]
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answer = judged(self.lab.call("POST", "files/", b"".join(pieces), headers))
        return f"file {answer.json().get('id')}"

    def still(self, found: Found, size: int) -> None:
        """Raise NotNow where the file has changed since it was found stable."""
        told = found.path.stat()
        if (told.st_size, told.st_mtime_ns) != (found.size, found.mtime_ns) or size != found.size:
            self.seen.pop(str(found.path), None)
            raise NotNow("it changed while it was read")

    def upload(self, found: Found) -> str:
        """Send a large file in parts, from where an earlier attempt stopped."""
        row = self.journal.row(str(found.path))
        same = row and (row["size"], row["mtime_ns"]) == (found.size, found.mtime_ns)
        address = row["upload"] if same else None
        offset, file_id = self.progress(address) if address else (0, "")
        if address is None or offset < 0:
            address, offset = self.begin(found), 0
        while not file_id:
            file_id = self.part(found, address, offset)
            if not file_id:
                offset, file_id = self.progress(address)
                if offset < 0:
                    raise NotNow("the lab has forgotten the upload; it is begun again")
        return f"file {file_id}"

    def begin(self, found: Found) -> str:
        digest = hashlib.sha256()
        with found.path.open("rb") as file:
            for chunk in iter(lambda: file.read(READ_BYTES), b""):
                digest.update(chunk)
        self.still(found, found.size)
        told = {"filename": found.name, "instrument": self.lab.instrument, "sha256": digest.hexdigest()}
        if found.channel:
            told["channel"] = found.channel
        encoded = ",".join(
            f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in told.items()
        )
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(found.size), "Upload-Metadata": encoded}
        answer = judged(self.lab.call("POST", "uploads/", b"", headers))
        address = urlsplit(answer.headers["location"]).path
        self.journal.note(
            str(found.path), size=found.size, mtime_ns=found.mtime_ns, upload=address, state="waits"
        )
        return address

    def progress(self, address: str) -> Tuple[int, str]:
        """Return how many bytes the lab has and the file once it is whole; -1 where it has forgotten the upload."""
        answer = self.lab.call("HEAD", address, None, {"Tus-Resumable": "1.0.0"})
        if answer.status in (404, 410):
            return -1, ""
        judged(answer)
        return int(answer.headers["upload-offset"]), answer.headers.get("lab-file", "")

    def part(self, found: Found, address: str, offset: int) -> str:
        """Send the next part with its checksum and return the file's number once the whole file is there."""
        with found.path.open("rb") as file:
            file.seek(offset)
            piece = file.read(PART_BYTES)
        self.still(found, found.size)
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        headers = {
            "Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Upload-Checksum": f"sha256 {digest}",
            "Content-Type": "application/offset+octet-stream",
        }  # fmt: skip
        answer = self.lab.call("PATCH", address, piece, headers)
        self.beat()
        if answer.status in (404, 409, 410, 423, 460):
            time.sleep(min(1.0, self.options.first_pause_s))
            return ""
        return judged(answer).headers.get("lab-file", "")

    def beat(self) -> None:
        """Tell the lab that the agent lives, where it is time; a lab that does not answer stops nothing."""
        if time.monotonic() - self.beat_at < self.options.beat_s and self.beat_at:
            return
        self.beat_at = time.monotonic()
        try:
            self.lab.heartbeat(self.options.beat_s, self.waiting, self.problem)
        except (NotNow, Refused) as problem:
            self.problem = str(problem)
            self.say(f"no heartbeat: {problem}")

    def rest(self) -> None:
        time.sleep(self.options.look_s)

    def say(self, words: str) -> None:
        print(f"{datetime.now():%Y-%m-%d %H:%M:%S} {words}", flush=True)


def alone(path: Path) -> Any:
    """Hold a lock for as long as this process lives, or end: two agents would send everything twice."""
    handle = path.open("a+")
    try:
        if sys.platform == "win32":
            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SystemExit(f"Another agent uses {path}: end it first, or give this one a journal of its own.")
    return handle


def command_line(options: argparse.Namespace) -> List[str]:
    """Return how a service starts this agent."""
    line = [
        str(Path(__file__).resolve()), "--lab", options.lab, "--instrument", options.instrument, "--token-file",
        str(Path(options.token_file).resolve()), "--folder", str(Path(options.folder).resolve()),
    ]  # fmt: skip
    if options.channel:
        line += ["--channel", options.channel]
    for name in options.channel_folders:
        line += ["--channel-folder", name]
    if options.journal:
        line += ["--journal", str(Path(options.journal).resolve())]
    return line


def systemd_unit(options: argparse.Namespace) -> str:
    quoted = " ".join(f'"{word}"' for word in [sys.executable, *command_line(options)])
    return (
        f"[Unit]\nDescription=Lab agent of {options.instrument}\n"
        "After=network-online.target\nWants=network-online.target\n\n"
        f"[Service]\nExecStart={quoted}\nRestart=always\nRestartSec=10\nNice=10\nStateDirectory=lims-agent\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )


def windows_task(options: argparse.Namespace) -> str:
    arguments = " ".join(f'"{word}"' for word in command_line(options))
    return (
        '<?xml version="1.0"?>\n<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\n'
        "  <Triggers><BootTrigger><Enabled>true</Enabled></BootTrigger></Triggers>\n"
        "  <Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>"
        "<ExecutionTimeLimit>PT0S</ExecutionTimeLimit><StartWhenAvailable>true</StartWhenAvailable>"
        "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>"
        "<RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure></Settings>\n"
        f"  <Actions><Exec><Command>{escape(sys.executable)}</Command>"
        f"<Arguments>{escape(arguments)}</Arguments></Exec></Actions>\n</Task>\n"
    )


def read_options(arguments: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lab", required=True, help="the lab's address, such as https://lab.example.org")
    parser.add_argument("--instrument", required=True, help="the instrument's code, such as INST-0001")
    parser.add_argument("--token-file", required=True, help="a file that holds the instrument's token")
    parser.add_argument("--folder", required=True, help="the folder that the instrument exports to")
    parser.add_argument(
        "--channel", default="", help="the channel of all files, where the folder is one channel's"
    )
    parser.add_argument(
        "--channel-folder", action="append", default=[], dest="channel_folders", metavar="NAME",
        help="a folder inside that is named like the channel whose files lie in it; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--pattern", action="append", default=[], help="only such names, as in '*.csv'; may be repeated"
    )
    parser.add_argument(
        "--journal", default="", help="where to remember what is sent (beside the token file)"
    )
    parser.add_argument("--ca-file", default=None, help="certificates to trust besides the system's")
    parser.add_argument("--stable-s", type=float, default=30.0, help="seconds a file must not change (30)")
    parser.add_argument("--look-s", type=float, default=5.0, help="seconds between looks at the folder (5)")
    parser.add_argument("--beat-s", type=float, default=60.0, help="seconds between heartbeats (60)")
    parser.add_argument("--first-pause-s", type=float, default=FIRST_PAUSE_S, help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true", help="send what is there and end")
    parser.add_argument("--print-systemd-unit", action="store_true", help="print a service for Linux and end")
    parser.add_argument("--print-windows-task", action="store_true", help="print a scheduled task and end")
    options = parser.parse_args(arguments)
    options.pattern = options.pattern or ["*"]
    return options


def main() -> None:
    options = read_options()
    if options.print_systemd_unit or options.print_windows_task:
        print(systemd_unit(options) if options.print_systemd_unit else windows_task(options))
        return
    folder = Path(options.folder)
    if not folder.is_dir():
        raise SystemExit(f"There is no folder {folder}.")
    token = Path(options.token_file).read_text(encoding="utf-8-sig").strip()
    if not token:
        raise SystemExit(f"{options.token_file} holds no token.")
    journal = (
        Path(options.journal)
        if options.journal
        else Path(options.token_file).resolve().with_suffix(".journal")
    )
    held = alone(journal.with_suffix(".running"))
    agent = Agent(
        Lab(options.lab, token, options.instrument, options.ca_file),
        Journal(journal),
        folder.resolve(),
        options,
    )
    try:
        agent.run()
    except KeyboardInterrupt:
        pass
    finally:
        held.close()


if __name__ == "__main__":
    main()
