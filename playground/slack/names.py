"""The fixed, obviously fake names and credentials of the playground's workspace."""

BOT_TOKEN = "xoxb-playground"  # noqa: S105 - a fake, good on loopback only
APP_TOKEN = "xapp-playground"  # noqa: S105 - a fake, good on loopback only
SIGNING_SECRET = "playground-signing-secret"  # noqa: S105 - a fake, good on loopback only
VERIFICATION_TOKEN = "playground-verification"  # noqa: S105 - deprecated by Slack, still in each payload

TEAM = "T0PLAY"
TEAM_NAME = "Playground"
TEAM_DOMAIN = "playground"
APP = "A0MILEPOST"
BOT = "B0MILEPOST"
BOT_USER = "U0MILEPOST"
BOT_NAME = "Milepost"
ALICE = "U0ALICE"
BOB = "U0BOB"
GUEST = "U0GUEST"
DBAS = "S0DBAS"
MIGRATIONS = "C0MIGRATE"
DATABASES = "C0DATABASE"
RANDOM = "C0RANDOM"
