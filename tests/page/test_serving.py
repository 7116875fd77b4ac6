"""A page that is served: to who knows its address, on this machine, and to no web site."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator

import pytest

from lawful.codegen.page.serving import Site


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    site.publish("<p>one</p>")
    yield site
    site.close()


def ask(
    site: Site, path: str | None = None, method: str = "GET", **headers: str
) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of the answer; ``Sec_Fetch_Site`` is the header Sec-Fetch-Site."""
    connection = http.client.HTTPConnection(site.host, timeout=300)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path or site.url.removeprefix(site.origin), headers=named)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, dict(answer.getheaders())


def test_who_knows_the_address_gets_the_page(site: Site) -> None:
    status, body, headers = ask(site)
    assert (status, body) == (200, "<p>one</p>")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_it_listens_on_the_loopback_address_only(site: Site) -> None:
    assert site.url.startswith("http://127.0.0.1:")
    port = int(site.host.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=300)


@pytest.mark.parametrize("path", ["/", "/x/", "/events", "/x/events", "//", "/%00/"])
def test_without_the_token_there_is_nothing(site: Site, path: str) -> None:
    status, body, _ = ask(site, path)
    assert status == 404
    assert "one" not in body


def test_a_part_of_the_token_is_no_token_and_a_page_below_it_is_none(site: Site) -> None:
    path = site.url.removeprefix(site.origin)
    for wrong in (path[:-2] + "/", path[:-1], f"{path}x", f"{path}../", path.upper()):
        assert ask(site, wrong)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_request_that_names_another_host_is_refused(site: Site, host: str) -> None:
    assert ask(site, Host=host)[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
def test_a_request_of_another_origin_is_refused(site: Site, origin: str) -> None:
    assert ask(site, Origin=origin)[0] == 403


@pytest.mark.parametrize(
    ("fetched", "status"),
    [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)],
)
def test_what_the_browser_says_of_who_asks_is_heeded(site: Site, fetched: str, status: int) -> None:
    assert ask(site, Sec_Fetch_Site=fetched)[0] == status


def test_the_pages_own_origin_is_let_in(site: Site) -> None:
    assert ask(site, Origin=site.origin)[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_can_be_done_but_read(site: Site, method: str) -> None:
    assert ask(site, method=method)[0] == 501


def test_no_two_sites_have_one_token(site: Site) -> None:
    other = Site()
    try:
        assert site.url.rpartition(":")[2].partition("/")[2] not in other.url
    finally:
        other.close()


def listening(site: Site) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(site.host, timeout=300)
    connection.request("GET", f"{site.url.removeprefix(site.origin)}events")
    return connection, connection.getresponse()


def test_a_browser_hears_of_each_new_page(site: Site) -> None:
    connection, answer = listening(site)
    assert answer.getheader("Content-Type") == "text/event-stream"
    assert (answer.readline(), answer.readline()) == (b"data: 1\n", b"\n")
    assert site.next_version == 2
    site.publish("<p>two</p>")
    assert (answer.readline(), answer.readline()) == (b"data: 2\n", b"\n")
    assert ask(site)[1] == "<p>two</p>"
    connection.close()


def test_closing_ends_who_listens() -> None:
    site = Site()
    site.publish("x")
    connection, answer = listening(site)
    assert answer.readline() == b"data: 1\n"
    site.close()
    assert answer.read() == b"\n"
    connection.close()


def test_a_port_that_is_taken_is_an_error(site: Site) -> None:
    with pytest.raises(OSError, match="in use"):
        Site(int(site.host.rpartition(":")[2]))
