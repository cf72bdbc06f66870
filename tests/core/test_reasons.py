"""Codes of clouds become sentences here, every one of them."""

import re

import msgspec
import pytest
from hypothesis import given

from bot.core.text import plain
from bot.core.wording import flaws, operators, reasons
from bot.core.wording.flaws import flaw_words
from bot.core.wording.phase_name import NAMES, phase_name
from bot.core.wording.reasons import cause_words
from providers.base import InvalidKey, PhaseName
from providers.flaws import Flaw
from providers.reasons import Cause, Hint, Reason, Service
from tests.core.hostile import causes
from tests.core.properties import briefly
from tests.core.samples import NOON

SAID: list[tuple[Cause, str]] = [
    (Cause(Reason.NO_ANSWER_IN_TIME), "the cloud did not answer in time"),
    (Cause(Reason.FIELD_MISSING, field="RetCode"), "the answer has no RetCode"),
    (
        Cause(Reason.IN_TROUBLE, status=503, code="SlowDown", said="later"),
        "the cloud is in trouble (HTTP 503 SlowDown): “later”",
    ),
    (Cause(Reason.THROTTLED, who=Service.DRS, code="DRS.M01503"), "DRS asks for fewer calls (DRS.M01503)"),
    (
        Cause(Reason.REQUEST_REFUSED, who=Service.SCLOUD, code="171", hint=Hint.PRIVATE_KEY_WRONG),
        "SCloud refused the request (RetCode 171): the signature is wrong: check private_key",
    ),
    (
        Cause(Reason.TASK_UNKNOWN, who=Service.PAN123, code="5066", said="不存在"),
        "123pan does not know the task (code 5066): “不存在”",
    ),
    (
        Cause(Reason.USER_REFUSED, who=Service.HUAWEI_IAM, status=401),
        "the identity service refused the user (HTTP 401): check username, password, domain and region",
    ),
    # What a cloud says cannot end its own quotation, break the line or run on.
    (Cause(Reason.ERROR, said="a” now “b\n{who}"), 'the cloud reports an error: “a" now "b {who}”'),
    (Cause(Reason.ERROR, code="{x}" * 40), "the cloud reports an error (" + ("{x}" * 40)[:59] + "…)"),
    (Cause(Reason.ERROR, said="x" * 1000), "the cloud reports an error: “" + "x" * 299 + "…”"),
]


@pytest.mark.parametrize(("cause", "said"), SAID)
def test_a_cause_is_told_in_words(cause: Cause, said: str) -> None:
    assert cause_words(cause) == said


@pytest.mark.parametrize("told", ["DRS is in trouble (HTTP 503)", "DRS is in trouble (HTTP 503). ", ""])
def test_a_sentence_that_an_earlier_version_kept_is_told_as_it_stands(told: str) -> None:
    assert cause_words(told) == told.rstrip(". ")


def test_every_code_has_words_of_its_own() -> None:
    assert set(reasons.SENTENCES) == set(Reason)
    assert set(reasons.HINTS) == set(Hint)
    assert set(reasons.SERVICES) == set(Service)
    assert set(flaws.SENTENCES) == set(Flaw)
    for table in (reasons.SENTENCES, reasons.HINTS, reasons.SERVICES, flaws.SENTENCES):
        words = [said for code, said in table.items() if code != Hint.NONE]
        assert all(said.strip() == said != "" for said in words)
        assert len(set(words)) == len(words)


def test_every_phase_that_we_know_has_a_name() -> None:
    assert set(NAMES) == set(PhaseName)
    assert phase_name("data", 24) == "data"
    assert phase_name("Daten\n@here", 24) == "Daten @\u200bhere"
    assert phase_name("\u200b", 24) == "–"


@pytest.mark.parametrize("reason", Reason)
def test_each_sentence_is_a_part_of_one(reason: Reason) -> None:
    said = cause_words(Cause(reason, who=Service.DRS, status=400, code="C1", hint=Hint.FAILED, field="status"))

    assert not re.search(r"[{}]|  |[.!]$", said)
    assert said.endswith(": failed")


@briefly
@given(causes)
def test_a_cause_is_told_on_one_line_whatever_a_cloud_says(cause: Cause) -> None:
    said = cause_words(cause)

    assert said == plain(said, 1000)
    assert len(said) < 600
    assert said.count("“") == said.count("”") == bool(plain(cause.said, 300))


@briefly
@given(causes)
def test_a_cause_in_a_log_is_a_short_line_of_codes(cause: Cause) -> None:
    line = str(cause)

    assert line.startswith(cause.reason.value)
    assert line.isprintable()
    assert len(line) < 6_000
    assert not any(said in line for said in reasons.SENTENCES.values())


def test_a_log_tells_the_parameters_that_there_are() -> None:
    cause = Cause(Reason.REQUEST_REFUSED, who=Service.DRS, status=403, code="DRS.M1", hint=Hint.NO_ROLE, said="no\n")

    assert str(Cause(Reason.NOT_JSON)) == "not-json"
    assert str(cause) == "request-refused who=drs status=403 code='DRS.M1' hint='no-role' said='no\\n'"


def test_codes_that_only_a_newer_version_knows_are_told_all_the_same() -> None:
    kept = b'{"reason":"eclipse","who":"moon","hint":"wait","said":"dark"}'

    cause = msgspec.json.decode(kept, type=Cause)

    assert cause == Cause(Reason.UNTOLD, said="dark")
    assert cause_words(cause) == "the reason is one that only a newer version of me knows: “dark”"


@pytest.mark.parametrize("flaw", Flaw)
def test_each_flaw_of_a_key_is_a_whole_sentence(flaw: Flaw) -> None:
    said = flaw_words(InvalidKey(flaw, example="x", region="eu-1\n" + "{x}" * 99, own_region="cn-1"))

    assert said[0].isupper() and said.endswith(".")
    assert said == plain(said, 150)
    assert ("eu-1 {x}" in said and "cn-1" in said) is (flaw is Flaw.OTHER_REGION)


def test_operators_are_told_a_reason_where_there_is_one() -> None:
    cause = Cause(Reason.CLIENT_REFUSED, who=Service.PAN123, code="401")

    assert "The reason: 123pan refused the client (code 401): check client_id" in (
        operators.account_refused("pan", NOON, cause).text
    )
    assert "The reason: IAM said no" in operators.account_refused("pan", NOON, "IAM said no").text
    assert "The reason" not in operators.account_refused("pan", NOON, "").text
