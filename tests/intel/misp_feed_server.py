"""A MISP feed of the tests: a folder that a web server hands out on loopback, behind a password."""

from __future__ import annotations

import functools
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples" / "intel" / "misp_feed"
JAPANESE = "5c7cdc3b-2f40-4dca-8200-276c0a00020f"
USER, PASSWORD = "reader", "of-ours"


class Feed:
    """A feed in a folder that a web server serves, behind a password; ``cut`` names a file of which half comes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.asked: list[str] = []
        self.cut = ""
        documents = {path.stem: json.loads(path.read_bytes()) for path in SAMPLES.glob("*-*.json")}
        self.events = {uuid: {"Event": told.get("Event", told)} for uuid, told in documents.items()}
        self.write()

    def write(self) -> None:
        """Write the files, as MISP's generator does."""
        for old in self.folder.glob("*.json"):
            old.unlink()
        manifest = {}
        for uuid, document in self.events.items():
            event = document["Event"]
            manifest[uuid] = {"timestamp": event["timestamp"], "info": event["info"], "date": event["date"]}
            (self.folder / f"{uuid}.json").write_text(json.dumps(document), encoding="utf-8")
        (self.folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    def change(self, uuid: str) -> None:
        """Change an event."""
        self.events[uuid]["Event"]["timestamp"] = str(int(self.events[uuid]["Event"]["timestamp"]) + 60)
        self.write()


class Handler(SimpleHTTPRequestHandler):
    feed: Feed

    def do_GET(self) -> None:
        self.feed.asked.append(self.path)
        if self.headers["authorization"] != "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode():
            self.send_error(401)
        elif self.feed.cut and self.feed.cut in self.path:
            body = (self.feed.folder / self.path.rpartition("/")[2]).read_bytes()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
        else:
            super().do_GET()

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/feed"))

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        pass


@contextmanager
def handing_out(feed: Feed) -> Iterator[str]:
    """Hand a feed out; gives its address."""
    handler = functools.partial(type("Own", (Handler,), {"feed": feed}), directory=str(feed.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/feed"
        finally:
            server.shutdown()
            thread.join()
