"""Why what a person typed is no key, as a code; whoever shows it has the words (``bot.core.wording.flaws``)."""

from enum import StrEnum


class Flaw(StrEnum):
    """What is wrong with a key."""

    OTHER_REGION = "other-region"
    """A link into another region than the account's; goes with both."""

    COS_BUCKET_MISSING = "cos-bucket-missing"
    """A task id alone."""
    COS_PART_MISSING = "cos-part-missing"
    COS_BUCKET_FORM = "cos-bucket-form"
    COS_TASK_FORM = "cos-task-form"
    COS_LINK = "cos-link"
    """A link to elsewhere."""

    CODEARTS_FORM = "codearts-form"
    CODEARTS_LINK = "codearts-link"

    DRS_FORM = "drs-form"
    DRS_LINK = "drs-link"
    DRS_LINK_WITHOUT_JOB = "drs-link-without-job"
    """A link of the console that names no job, or more than one."""

    USMC_PLAN_MISSING = "usmc-plan-missing"
    """A task id alone."""
    USMC_TASK_MISSING = "usmc-task-missing"
    """A plan's id alone."""
    USMC_PART_MISSING = "usmc-part-missing"

    PAN123_FORM = "pan123-form"
    PAN123_LINK = "pan123-link"
    """A link without a task's id."""
