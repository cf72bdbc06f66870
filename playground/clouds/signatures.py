"""The three signature rules as a server computes them; written apart from the client's, so each checks the other."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote


def cos_signature(
    secret_key: str,
    *,
    method: str,
    path: str,
    params: Iterable[tuple[str, str]],
    headers: Iterable[tuple[str, str]],
    sign_time: str,
    key_time: str,
) -> str:
    """Sign as COS does over the decoded path (https://cloud.tencent.com/document/product/436/7778)."""

    def line(pairs: Iterable[tuple[str, str]]) -> str:
        encoded = sorted((quote(name, safe="").lower(), quote(value, safe="")) for name, value in pairs)
        return "&".join(f"{name}={value}" for name, value in encoded)

    http_string = f"{method.lower()}\n{path}\n{line(params)}\n{line(headers)}\n"
    digest = hashlib.sha1(http_string.encode(), usedforsecurity=False).hexdigest()
    sign_key = hmac.new(secret_key.encode(), key_time.encode(), hashlib.sha1).hexdigest()
    return hmac.new(sign_key.encode(), f"sha1\n{sign_time}\n{digest}\n".encode(), hashlib.sha1).hexdigest()


def ucloud_signature(private_key: str, params: Mapping[str, str]) -> str:
    """Sign flat parameters without ``Signature`` as UCloud does (https://docs.ucloud.cn/api/summary/signature)."""
    text = "".join(name + params[name] for name in sorted(params) if name != "Signature")
    return hashlib.sha1((text + private_key).encode(), usedforsecurity=False).hexdigest()


def huawei_signature(
    secret_key: str,
    *,
    method: str,
    raw_path: str,
    query: Iterable[tuple[str, str]],
    headers: Iterable[tuple[str, str]],
    date: str,
    body_hash: str,
) -> str:
    """Sign as Huawei Cloud's SDK-HMAC-SHA256 does: one HMAC over the canonical request, no derived key."""
    path = "/".join(quote(unquote(part), safe="~") for part in raw_path.split("/"))
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in query)
    signed = sorted((name.lower(), value.strip()) for name, value in headers)
    canonical = "\n".join(
        (
            method.upper(),
            path if path.endswith("/") else path + "/",
            "&".join(f"{name}={value}" for name, value in pairs),
            "".join(f"{name}:{value}\n" for name, value in signed),
            ";".join(name for name, _ in signed),
            body_hash,
        )
    )
    to_sign = f"SDK-HMAC-SHA256\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
