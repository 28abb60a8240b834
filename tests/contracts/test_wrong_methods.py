"""An address of ours that is asked in the wrong way says which ways there are, as a page and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.house import House, addresses

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=house.address, timeout=120) as opened:
        yield opened


def sample(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "0", path)


def test_every_address_names_the_methods_it_takes(house: House, client: httpx2.Client) -> None:
    for path, own in addresses.routes(house.app).items():
        where = sample(path)
        for method in METHODS:
            if method in own:
                continue
            answer = client.request(method, where, headers={"Content-Length": "0"})
            if answer.status_code == 405:
                # More than one route may stand at an address: /desk/log is also a /desk/{name}.
                assert own <= set(answer.headers["allow"].split(", ")), where
            else:
                assert any(
                    method in others and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", other), where)
                    for other, others in addresses.routes(house.app).items()
                ), (method, where, answer.status_code)


def test_it_is_said_in_words(client: httpx2.Client) -> None:
    page = client.delete("/queue")
    assert (page.status_code, page.headers["allow"]) == (405, "GET, HEAD")
    assert "This address does not take that kind of request." in page.text
    told = client.delete("/api/v1/queue")
    assert (told.status_code, told.headers["allow"]) == (405, "GET, HEAD")
    assert told.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/nothing", "/gradio_api/upload", "/api/v1/nothing"])
def test_what_is_not_there_takes_nothing(client: httpx2.Client, path: str) -> None:
    answer = client.post(path, headers={"Content-Length": "0"})
    assert answer.status_code == 404
    assert "allow" not in answer.headers
