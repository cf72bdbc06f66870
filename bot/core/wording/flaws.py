"""Why what a person typed is no key of an account, in words: a sentence for each code (``providers.flaws``)."""

from collections.abc import Mapping

from bot.core.text import plain
from providers.base import InvalidKey
from providers.flaws import Flaw

SENTENCES: Mapping[Flaw, str] = {
    Flaw.OTHER_REGION: "The link is of region {region}, but this account is of {own_region}.",
    Flaw.COS_BUCKET_MISSING: "That is the task id alone; the bucket is needed too, and a slash between them.",
    Flaw.COS_PART_MISSING: "A bucket and a task id are needed, with a slash between them.",
    Flaw.COS_BUCKET_FORM: "The bucket must end in a hyphen and the APPID, and hold only letters, digits and hyphens.",
    Flaw.COS_TASK_FORM: "The task id must be base64 text, as the cloud gave it.",
    Flaw.COS_LINK: "The link is not one of <region>.migration.myqcloud.com.",
    Flaw.CODEARTS_FORM: "A task id has 1 to 32 letters and digits.",
    Flaw.CODEARTS_LINK: "The link is not that of a CodeArts Check task.",
    Flaw.DRS_FORM: "A job id has the form 8-4-4-4-12, and mostly ends in jb and two or three characters.",
    Flaw.DRS_LINK: "The link is not one of Huawei Cloud's console.",
    Flaw.DRS_LINK_WITHOUT_JOB: "The link does not name one job; copy the job's id instead.",
    Flaw.USMC_PLAN_MISSING: "The id of the migration plan is needed too: a task is found only inside its plan.",
    Flaw.USMC_TASK_MISSING: "That is a whole plan; the id of one of its tasks is needed too.",
    Flaw.USMC_PART_MISSING: "A plan id (usmc-…) and a task id (usmc-task-…) are needed, with a slash between them.",
    Flaw.PAN123_FORM: "A task id is 32 letters and digits.",
    Flaw.PAN123_LINK: "The link holds no taskID.",
}

_REGION = 40


def flaw_words(refused: InvalidKey) -> str:
    """Return the sentence on what is wrong, as plain text."""
    return SENTENCES[refused.flaw].format(
        region=plain(refused.region, _REGION), own_region=plain(refused.own_region, _REGION)
    )
