"""The page served to the browser of this machine, and to nobody else.

Bound to the loopback address, under a secret path; a request that names another host or comes from
another page is refused, so that no web site gets in through the user's browser (DNS rebinding, CSRF).
Knows HTML text and HTTP only.
"""

from __future__ import annotations

import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = "127.0.0.1"
_ALIVE = 15.0  # seconds between two signs of life, by which a browser that has gone is noticed
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Site:
    """A page, its version, and a server for it. ``close`` it in the end."""

    def __init__(self, port: int = 0) -> None:
        """Listen on the port, or on one that is free. ``OSError`` if that can't be done."""
        self._token = secrets.token_urlsafe(24)
        self._news = threading.Condition()
        self._version = 0
        self._html = b""
        self._closed = False
        site = self

        class Handler(_Handler):
            served = site

        self._server = _Server((ADDRESS, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def host(self) -> str:
        """As a browser names it in the header Host."""
        return f"{ADDRESS}:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The address of the page. Whoever knows it may read it."""
        return f"{self.origin}/{self._token}/"

    @property
    def next_version(self) -> int:
        return self._version + 1

    def publish(self, html: str) -> None:
        """Serve this page from now on; browsers that show an older one load it."""
        with self._news:
            self._version += 1
            self._html = html.encode("utf-8", "backslashreplace")
            self._news.notify_all()

    def close(self) -> None:
        """End every connection and the server."""
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def is_token(self, text: str) -> bool:
        """In a time that tells nothing of how much of it is right."""
        return secrets.compare_digest(text.encode(), self._token.encode())

    def page(self) -> bytes:
        with self._news:
            return self._html

    def wait(self, known: int | None) -> int | None:
        """The version, as soon as it is another than the ``known`` one; the same one after a while; None
        at the end."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._version != known, _ALIVE)
            return None if self._closed else self._version


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    served: Site
    protocol_version = "HTTP/1.1"
    server_version = "lawful"
    sys_version = ""
    timeout = 60  # seconds for a request to arrive

    def do_GET(self) -> None:
        if not self._is_ours():
            self._answer(403, b"This page is for the browser that was given its address.\n")
            return
        _, _, rest = self.path.partition("/")
        token, slash, name = rest.partition("/")
        if not self.served.is_token(token) or not slash or name not in ("", "events"):
            self._answer(404, b"There is nothing here.\n")
        elif name == "events":
            self._tell()
        else:
            self._answer(200, self.served.page(), "text/html; charset=utf-8")

    def _is_ours(self) -> bool:
        """Whether the request names us, and comes from our page or from nobody's."""
        if self.headers.get_all("Host") != [self.served.host]:
            return False
        origins = self.headers.get_all("Origin") or [self.served.origin]
        if origins != [self.served.origin]:
            return False
        return self.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")

    def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self._head(kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _head(self, kind: str) -> None:
        self.send_header("Content-Type", kind)
        for name, value in _HEADERS.items():
            self.send_header(name, value)

    def _tell(self) -> None:
        """Server-sent events: the version now, and each that comes."""
        self.close_connection = True
        self.send_response(200)
        self._head("text/event-stream")
        self.end_headers()
        known: int | None = None
        try:
            while (version := self.served.wait(known)) is not None:
                sign = ": still here\n\n" if version == known else f"data: {version}\n\n"
                self.wfile.write(sign.encode())
                known = version
        except OSError:
            pass  # the browser has gone

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the token is in every line."""
