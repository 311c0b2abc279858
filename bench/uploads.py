"""Does a 300 MB upload that is cut twenty times come through whole, and how much memory does the server need for it?

Starts the real server, sends random bytes by tus over plain sockets that are closed in the middle of a part at random
places, asks each time how far it came and goes on from there. Ends with status 1 where the SHA-256 differs or the
server's largest process ever held 200 MB.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import random
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults.running_lab import RunningLab, prepared, running_lab, wait_until  # noqa: E402

MEGABYTES, CUTS, MOST_MB, STEP = 300, 20, 200.0, 1 << 16


class Memory(threading.Thread):
    """Watches how much resident memory the largest process of a family holds."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.peak_mb, self.done = root, 0.0, False

    def run(self) -> None:
        while not self.done:
            self.peak_mb = max(self.peak_mb, *(resident_mb(pid) for pid in family(self.root)))
            time.sleep(0.05)


def family(root: int) -> list[int]:
    """Return a process and its descendants."""
    found = [root]
    for pid in found:
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            continue
        found += [int(child) for child in children]
    return found


def resident_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    except (OSError, IndexError):
        return 0.0


def call(lab: RunningLab, method: str, path: str, headers: dict[str, str]) -> Any:
    parts = urlsplit(lab.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
    connection.request(method, path, None, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def send_part(lab: RunningLab, path: str, token: str, content: bytes, offset: int, cut_at: int) -> bool:
    """Send the rest from ``offset`` and hang up at ``cut_at`` without a word. Return whether it got so far."""
    parts = urlsplit(lab.url)
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Token {token}\r\nTus-Resumable: 1.0.0\r\n"
        f"Upload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {len(content) - offset}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((str(parts.hostname), parts.port), 120) as wire:
        wire.sendall(head.encode())
        view = memoryview(content)
        for begin in range(offset, cut_at, STEP):
            try:
                wire.sendall(view[begin : min(begin + STEP, cut_at)])
            except (BrokenPipeError, ConnectionResetError):
                # The lab was still keeping the part that was cut before: this one begins at a wrong place, is refused,
                # and the sender asks again how far the lab came.
                return False
        if cut_at == len(content):
            while wire.recv(4096):
                pass
        return True


def upload(lab: RunningLab, made: dict[str, Any], content: bytes) -> tuple[str, int, int]:
    """Return the SHA-256 of what the lab has in the end, how often it was cut and how many bytes were sent twice."""
    token, chance = made["token"], random.Random(1)
    base = {"Authorization": f"Token {token}", "Tus-Resumable": "1.0.0"}
    told = ",".join(
        f"{name} {base64.b64encode(text.encode()).decode()}"
        for name, text in (("filename", "large.bin"), ("test", made["tests"][0]))
    )
    answer = call(
        lab, "POST", "/api/v1/uploads/", {**base, "Upload-Length": str(len(content)), "Upload-Metadata": told}
    )
    path = urlsplit(answer.headers["Location"]).path
    cuts, again, sent_to = 0, 0, 0
    while True:
        answer = call(lab, "HEAD", path, base)
        if answer.status == 423:
            time.sleep(0.1)
            continue
        offset = int(answer.headers["Upload-Offset"])
        again += max(0, sent_to - offset)
        if answer.headers.get("Lab-File"):
            break
        left = CUTS - cuts
        reach = (
            offset + chance.randint(1, max(1, 2 * (len(content) - offset) // (left + 1)))
            if left
            else len(content)
        )
        sent_to = min(reach, len(content) - 1) if left else len(content)
        got_so_far = send_part(lab, path, token, content, offset, sent_to)
        cuts += got_so_far and sent_to < len(content)
    [(sha256,)] = lab.rows("SELECT b.sha256 FROM testing_submission s JOIN lims_blob b ON b.id = s.blob_id")
    return sha256, cuts, again


def main() -> int:
    letters = random.Random(0)
    content = b"".join(letters.randbytes(1_000_000) for _ in range(MEGABYTES))
    with tempfile.TemporaryDirectory(prefix="lims-bench-") as folder, running_lab(Path(folder)) as lab:
        made = prepared(lab)
        lab.start_web()
        wait_until(lambda: _answers(lab), seconds=60, what="the server answers")
        memory = Memory(lab.processes[0].pid)
        idle_mb = max(resident_mb(pid) for pid in family(lab.processes[0].pid))
        memory.start()
        begun = time.monotonic()
        sha256, cuts, again = upload(lab, made, content)
        took_s = time.monotonic() - begun
        memory.done = True
        memory.join()
    same = sha256 == hashlib.sha256(content).hexdigest()
    print(f"{MEGABYTES} MB in {took_s:.1f} s, cut {cuts} times: the same SHA-256: {'yes' if same else 'NO'}")
    print(f"{again / 1e6:.1f} MB had to be sent again, {again / len(content):.1%}")
    print(
        f"the server's largest process: {idle_mb:.0f} MB idle, {memory.peak_mb:.0f} MB at most (under {MOST_MB:.0f})"
    )
    return 0 if same and cuts >= CUTS and memory.peak_mb < MOST_MB else 1


def _answers(lab: RunningLab) -> bool:
    try:
        return bool(call(lab, "GET", "/api/v1/health/live/", {}).status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
