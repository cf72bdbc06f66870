import base64
import json
import threading
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs.redaction import HIDDEN, Redactor

SECRET = 's3cr"et/+ü\\4\n'

# Nothing that occurs in HIDDEN itself, and long enough not to be there by chance.
secrets = st.text(st.characters(exclude_characters="[hiden]", exclude_categories=["Cs"]), min_size=4, max_size=40)


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower(),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(json.dumps({"key": SECRET})),
        repr(SECRET),
        ascii(SECRET),
        repr(SECRET.encode()),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
        base64.b64encode(b"user:" + SECRET.encode()).decode(),
        base64.b64encode(b"user2:" + SECRET.encode() + b":tail").decode(),
        base64.b64encode(b"us:" + SECRET.encode() + b"x").decode(),
    ],
)
def test_a_known_secret_is_hidden_in_every_spelling(spelling: str) -> None:
    text = Redactor([SECRET]).redact(f"before {spelling} after")

    assert text.startswith("before ")
    assert text.endswith(" after")
    assert HIDDEN in text
    assert len(text) < len(f"before {spelling} after") or "s3cr" not in text
    for known in ("s3cr", quote(SECRET), base64.b64encode(SECRET.encode()).decode()[:12]):
        assert known not in text


@given(secrets, st.text(max_size=30), st.text(max_size=30))
def test_no_known_secret_is_left_whatever_stands_around_it(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])

    for spelling in (secret, quote(secret), json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode()):
        assert spelling not in redactor.redact(f"{before} {spelling} {after}")


@given(st.lists(secrets, min_size=2, max_size=5))
def test_secrets_that_contain_each_other_are_all_hidden(known: list[str]) -> None:
    known = [*known, known[0] + known[1]]

    text = Redactor(known).redact(" | ".join(known))

    assert not any(secret in text for secret in known if secret not in " | ")


def test_the_rest_of_a_longer_secret_is_not_left() -> None:
    assert Redactor(["abcd", "abcd-efgh", "efgh"]).redact("<abcd-efgh>") == f"<{HIDDEN}>"


@pytest.mark.parametrize("secret", ["", "a", "abc"])
def test_a_secret_too_short_to_be_told_from_words_is_left(secret: str) -> None:
    assert Redactor([secret]).redact("an abc of a cab") == "an abc of a cab"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("token xoxb-123-abc_def ends", f"token {HIDDEN} ends"),
        ("xoxe.xoxb-1-abc", HIDDEN),
        ("XAPP-1-A0-1-ff", HIDDEN),
        ("Bearer eyJhbGciOi.x-y_z==", f"Bearer {HIDDEN}"),
        ("Authorization: Basic dXNlcjpw", f"Authorization: {HIDDEN}"),
        ("authorization: SDK-HMAC-SHA256 Access=a, SignedHeaders=b, Signature=c", f"authorization: {HIDDEN}"),
        ("{'Authorization': 'Basic dXNlcjpw', 'Accept': '*/*'}", f"{{'Authorization': '{HIDDEN}', 'Accept': '*/*'}}"),
        ("[(b'X-Auth-Token', b'MIIabc'), (b'Host', b'h')]", f"[(b'X-Auth-Token', b'{HIDDEN}'), (b'Host', b'h')]"),
        (r"{\"X-Subject-Token\": \"MIIabc\", \"a\": 1}", rf"{{\"X-Subject-Token\": \"{HIDDEN}\", \"a\": 1}}"),
        ("X-Auth-Token: MIIabc", f"X-Auth-Token: {HIDDEN}"),
        ("x-slack-signature=v0=abc", f"x-slack-signature={HIDDEN}"),
        ("q-ak=AK&q-signature=0a1b&x=y", f"q-ak=AK&q-signature={HIDDEN}&x=y"),
        ("Action=Get&Signature=0a1b&x=y", f"Action=Get&Signature={HIDDEN}&x=y"),
        ('{"access_token": "abc", "expires": 3}', f'{{"access_token": "{HIDDEN}", "expires": 3}}'),
        ('{"accessToken":"abc","clientSecret":"def"}', f'{{"accessToken":"{HIDDEN}","clientSecret":"{HIDDEN}"}}'),
        (r'{"password": "a\"b", "x": 1}', f'{{"password": "{HIDDEN}", "x": 1}}'),
        (
            "\x1b[36mpassword\x1b[0m=\x1b[35mhunter2\x1b[0m \x1b[36mx\x1b[0m=1",
            f"\x1b[36mpassword\x1b[0m=\x1b[35m{HIDDEN}\x1b[0m \x1b[36mx\x1b[0m=1",
        ),
        ("password=hunter2, user=bot", f"password={HIDDEN}, user=bot"),
        ("wss://h/link/?ticket=abc-def&app_id=A1", f"wss://h/link/?ticket={HIDDEN}&app_id=A1"),
        ("https://hooks.slack.com/commands/T1/2/abc", f"https://hooks.slack.com/{HIDDEN}"),
        (r"https:\/\/hooks.slack.com\/commands\/T1\/2\/abc", rf"https:\/\/hooks.slack.com\/{HIDDEN}"),
        ('"response_url": "http://127.0.0.1:1/response/abc"', f'"response_url": "{HIDDEN}"'),
        ("postgresql://bot:p4ss@db:5432/m", f"postgresql://bot:{HIDDEN}@db:5432/m"),
        ("https://hooks.slack.com/commands/T1/2/abc done", f"https://hooks.slack.com/{HIDDEN} done"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_though_unknown(text: str, left: str) -> None:
    assert Redactor().redact(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "the token was refused",
        "authorization failed twice",
        "https://api.example.com:8443/v3/jobs?x=1",
        "signature does not match",
        "watch w-1 of drs/9a470239 at 46.2 %",
        "12:30:01 a@b.example",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert Redactor(["s3cret"]).redact(text) == text


@given(st.text())
def test_hiding_twice_changes_nothing_more(text: str) -> None:
    redactor = Redactor(["s3cret-value"])

    once = redactor.redact(text)

    assert redactor.redact(once) == once


def test_hostile_text_of_any_length_takes_no_time() -> None:
    for piece in ("authorization: '", "://a:", "password=", "xox", "Bearer ", '\\"token\\": \\"'):
        Redactor(["s3cret"]).redact(piece * (200_000 // len(piece)))


def test_many_threads_may_teach_at_once() -> None:
    redactor = Redactor()
    begin = threading.Barrier(8)

    def learn(number: int) -> None:
        begin.wait()
        for count in range(50):
            redactor.learn(f"secret-{number}-{count}!")

    threads = [threading.Thread(target=learn, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for number in range(8):
        for count in range(50):
            assert redactor.redact(f"<secret-{number}-{count}!>") == f"<{HIDDEN}>"


def test_a_redactor_does_not_show_what_it_knows() -> None:
    assert "s3cret" not in repr(Redactor(["s3cret"]))
