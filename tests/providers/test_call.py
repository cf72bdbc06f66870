"""A call tells those who sign it what of it will be sent."""

import pytest

from providers.call import Call, with_params


def call(url: str, **more: object) -> Call:
    return Call(method="GET", url=url, headers={}, **more)  # type: ignore[arg-type]  # tests name the fields


@pytest.mark.parametrize(
    ("url", "place", "host", "raw_path", "path"),
    [
        ("https://api.example.com/a/b%2Fc==", "api.example.com", "api.example.com", "/a/b%2Fc==", "/a/b/c=="),
        ("https://API.example.com:443", "api.example.com", "api.example.com", "/", "/"),
        ("http://127.0.0.1:80/x?y=/z", "127.0.0.1", "127.0.0.1", "/x", "/x"),
        ("https://127.0.0.1:8443/?a=b", "127.0.0.1:8443", "127.0.0.1", "/", "/"),
        ("https://[::1]:8443/x", "[::1]:8443", "::1", "/x", "/x"),
        ("https://[::1]/x", "[::1]", "::1", "/x", "/x"),
        ("https://h?a=b", "h", "h", "/", "/"),
        ("https://h/%E4%B8%AD%20x", "h", "h", "/%E4%B8%AD%20x", "/中 x"),
    ],
)
def test_the_parts_of_an_address(url: str, place: str, host: str, raw_path: str, path: str) -> None:
    found = call(url)

    assert (found.origin.place, found.origin.host, found.raw_path, found.path) == (place, host, raw_path, path)


def test_a_query_is_read_without_its_escapes_and_with_its_empty_values() -> None:
    assert call("https://h/x?a=1%2F2&b=&a=+").params == [("a", "1/2"), ("b", ""), ("a", " ")]
    assert call("https://h/x").params == []


def test_parameters_are_escaped_and_their_absence_leaves_no_mark() -> None:
    assert with_params("https://h/x", {"a": "1/2 ü", "b": "c&d"}) == "https://h/x?a=1%2F2%20%C3%BC&b=c%26d"
    assert with_params("https://h/x", None) == with_params("https://h/x", {}) == "https://h/x"


def test_a_form_goes_instead_of_the_content() -> None:
    assert call("https://h/", content=b"x").body() == b"x"
    assert call("https://h/", content=b"x", form={"a": "ü b"}).body() == b"a=%C3%BC+b"
