"""Why a task cannot be read, in words: a line for each code that clouds give (``providers.reasons``).

In a sentence ``{who}`` is who said it, ``{what}`` its codes in brackets with a blank before them, ``{field}`` a part of
the answer. A hint or the cloud's own words come behind.
"""

from collections.abc import Mapping

from bot.core.text import plain
from providers.reasons import Cause, Hint, Reason, Service

SENTENCES: Mapping[Reason, str] = {
    Reason.UNTOLD: "the reason is one that only a newer version of me knows",
    Reason.NO_ACCOUNT: "this account is not configured (any more)",
    Reason.CANNOT_BE_MADE: "the request cannot be made: check the account's endpoint and keys",
    Reason.NO_ANSWER_IN_TIME: "the cloud did not answer in time",
    Reason.UNREACHABLE: "the cloud cannot be reached",
    Reason.NO_TLS: "no secure (TLS) connection to the cloud can be made",
    Reason.BROKEN_CONNECTION: "the connection to the cloud broke",
    Reason.CLOSED_HERE: "the connection was closed on our side",
    Reason.NOT_HTTP: "the answer is not valid HTTP",
    Reason.NOT_JSON: "the answer is not JSON",
    Reason.TOO_LARGE: "the answer is larger than 1 MiB",
    Reason.BROKEN_COMPRESSION: "the answer's compression cannot be read",
    Reason.UNKNOWN_COMPRESSION: "the answer is compressed in an unknown way",
    Reason.FIELD_MISSING: "the answer has no {field}",
    Reason.NO_STATUS: "the answer's {field} is no status",
    Reason.NO_NUMBER: "the answer's {field} is not a number",
    Reason.NO_OBJECT: "the answer's {field} is not an object",
    Reason.NEITHER_CODE_NOR_DATA: "the answer has neither a code nor data",
    Reason.LEFT_OUT: "{who} left the task out of its answer",
    Reason.BATCH_REFUSED: "{who} refused the batch, and its bad ids were not all found yet",
    Reason.IN_TROUBLE: "{who} is in trouble{what}",
    Reason.BUSY: "{who} is busy{what}",
    Reason.THROTTLED: "{who} asks for fewer calls{what}",
    Reason.ERROR: "{who} reports an error{what}",
    Reason.UNDOCUMENTED_ERROR: "{who} reports an undocumented error for the task{what}",
    Reason.UNDOCUMENTED_ANSWER: "{who} answered in an undocumented way{what}",
    Reason.REDIRECT: "{who} answered with a redirect{what}",
    Reason.CREDENTIALS_REFUSED: "{who} refused the credentials{what}",
    Reason.TOKEN_REFUSED: "{who} refused the access token{what}",
    Reason.REQUEST_REFUSED: "{who} refused the request{what}",
    Reason.USER_REFUSED: "{who} refused the user{what}: check username, password, domain and region",
    Reason.CLIENT_REFUSED: "{who} refused the client{what}: check client_id and client_secret",
    Reason.SIGNATURE_REFUSED: (
        "{who} refused the signature a short while ago: check the access key and the secret key"
    ),
    Reason.TASK_NOT_SHOWN: "{who} does not let this user see the task{what}",
    Reason.NO_SUCH_API: "there is no such API at the account's region or endpoint{what}",
    Reason.NO_SUCH_CALL: "this host takes no such call{what}: check the account's endpoint",
    Reason.TRAFFIC_USED_UP: "{who} says that the account's traffic is used up{what}",
    Reason.NO_TOKEN: "{who} answered without an access token",
    Reason.TOO_MANY_TOKENS: (
        "{who} says that too many access tokens are alive: stop other programs that use this client, then wait"
    ),
    Reason.TOKENS_THROTTLED: "{who} asks for fewer token requests",
    Reason.TOKEN_AWAITED: "another of my machines has been fetching an access token for too long",
    Reason.TASK_UNKNOWN: "{who} does not know the task{what}",
    Reason.TASK_UNREADABLE: "{who} cannot read the task{what}",
    Reason.TASK_UNKNOWN_OR_UNREADABLE: "{who} does not know the task, or cannot read it now{what}",
    Reason.ID_REFUSED: "{who} does not take the task's id{what}",
    Reason.NO_RESULT: "{who} has no result for the task{what}",
    Reason.PROJECT_UNKNOWN: "{who} finds no such project; it may have been deleted{what}",
    Reason.BUCKET_UNKNOWN: "{who} knows no such bucket in this region",
}

HINTS: Mapping[Hint, str] = {
    Hint.NONE: "",
    Hint.KEY_MAY_NOT_READ: "the key may not read this: check its permission on the bucket",
    Hint.CREDENTIALS_EXPIRED: "the credentials have expired: set new ones",
    Hint.CLOCK_WRONG: "this machine's clock is wrong by more than 15 minutes",
    Hint.SECRET_KEY_WRONG: "the signature does not match: check secret_key",
    Hint.SECRET_ID_UNKNOWN: "the secret_id is unknown",
    Hint.NETWORK_BUSY: "network busy",
    Hint.LIST_FAILED: "the query of the list failed",
    Hint.TEMPLATE_FAILED: "the query of the template failed",
    Hint.DETAIL_FAILED: "the query of the detail failed",
    Hint.TRY_LATER: "it asks to try later",
    Hint.INVALID_PARAMETERS: "invalid parameters",
    Hint.TOKEN_INVALID: "the token is invalid",
    Hint.NO_ROLE: "the user has no role",
    Hint.NO_PERMISSION: "no permission",
    Hint.USER_RESTRICTED: "the user is restricted",
    Hint.PROJECT_WRONG: "project_id is wrong, or the token is of another project or region",
    Hint.SERVICE_ABNORMAL: "service abnormal",
    Hint.OTHER_OPERATION: "another operation is in progress",
    Hint.FAILED: "failed",
    Hint.API_TIMEOUT: "API time-out",
    Hint.GATEWAY_ERROR: "gateway or authentication service error",
    Hint.SERVICE_UNAVAILABLE: "service unavailable",
    Hint.ACTION_MISSING: "the Action is missing",
    Hint.ACTION_UNKNOWN: "the Action is unknown: check the account's endpoint",
    Hint.SIGNATURE_MISSING: "the signature is missing",
    Hint.PRIVATE_KEY_WRONG: "the signature is wrong: check private_key",
    Hint.USER_UNKNOWN: "the user does not exist: check public_key",
    Hint.TOKEN_UNKNOWN: "the token does not exist: check public_key",
    Hint.PROJECT_UNKNOWN: "the project does not exist: check project_id",
    Hint.ZONE_NOT_PERMITTED: "the zone is not permitted",
    Hint.ADDRESS_NOT_PERMITTED: "this machine's IP address is not permitted",
    Hint.SECURITY_LOCK: "the security lock failed",
    Hint.CALL_NOT_PERMITTED: "the key has no permission for this call",
}

SERVICES: Mapping[Service, str] = {
    Service.CLOUD: "the cloud",
    Service.TENCENT_COS: "Tencent COS",
    Service.HUAWEI_CLOUD: "Huawei Cloud",
    Service.HUAWEI_IAM: "the identity service",
    Service.CODEARTS_CHECK: "CodeArts Check",
    Service.DRS: "DRS",
    Service.SCLOUD: "SCloud",
    Service.PAN123: "123pan",
}

# What a bare number is, in the cloud's own documents.
_NUMBERED: Mapping[Service, str] = {Service.SCLOUD: "RetCode {code}", Service.PAN123: "code {code}"}

_CODE = 60
_SAID = 300
# So that a cloud cannot end the quotation of its own words.
_STRAIGHT = str.maketrans("“”", '""')


def cause_words(cause: Cause | str) -> str:
    """Return why a task cannot be read: a part of a sentence, as plain text, without a full stop.

    Up to version 2 of the records the words themselves were kept; those are returned as they are.
    """
    if isinstance(cause, str):
        return cause.rstrip(". ")
    head = SENTENCES[cause.reason].format(
        who=SERVICES[cause.who], what=_what(cause), field=_foreign(cause.field, _CODE)
    )
    said = _foreign(cause.said, _SAID)
    return ": ".join(part for part in (head, HINTS[cause.hint], f"“{said}”" if said else "") if part)


def _what(cause: Cause) -> str:
    code = _foreign(cause.code, _CODE)
    parts = [f"HTTP {cause.status}"] if cause.status is not None else []
    if code:
        parts.append(_NUMBERED.get(cause.who, "{code}").format(code=code))
    return f" ({' '.join(parts)})" if parts else ""


def _foreign(text: str, limit: int) -> str:
    return plain(text, limit).translate(_STRAIGHT)
