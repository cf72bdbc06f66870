"""The settings that point a bot at a playground."""

from typing import Any

from playground.slack.names import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

RATE = 100
"""Calls a second: simulated clouds take more than real ones are asked by default."""


def settings(url: str) -> dict[str, Any]:
    """Return the content of the milepost.toml for the playground at *url*."""
    url = url.rstrip("/")
    cloud = f"{url}/cloud"
    iam = f"{cloud}/huawei-iam"
    return {
        "slack": {
            "bot_token": BOT_TOKEN,
            "app_token": APP_TOKEN,
            "signing_secret": SIGNING_SECRET,
            "api_url": f"{url}/api/",
        },
        "polling": {"min_interval": "1s", "max_interval": "3s"},
        "accounts": {
            "cos": {
                "provider": "tencent-cos",
                "endpoint": f"{cloud}/tencent-cos",
                "region": "ap-shanghai",
                "secret_id": "PLAYGROUNDSECRETID",
                "secret_key": "playground-secret-key",
                "max_calls_per_second": RATE,
            },
            "codearts": {
                "provider": "huawei-codearts",
                "endpoint": f"{cloud}/huawei-codearts",
                "region": "cn-north-4",
                "username": "playground",
                "password": "playground-password",
                "domain": "playground",
                "iam_endpoint": iam,
                "max_calls_per_second": RATE,
            },
            "usmc": {
                "provider": "scloud-usmc",
                "endpoint": f"{cloud}/scloud-usmc",
                "public_key": "playground@example.com",
                "private_key": "playground-private-key",
                "max_calls_per_second": RATE,
            },
            "drs": {
                "provider": "huawei-drs",
                "endpoint": f"{cloud}/huawei-drs",
                "region": "ap-southeast-1",
                "project_id": "0123456789abcdef0123456789abcdef",
                "access_key": "PLAYGROUNDACCESSKEY",
                "secret_key": "playground-sk",
                "max_calls_per_second": RATE,
            },
            "pan": {
                "provider": "pan123",
                "endpoint": f"{cloud}/pan123",
                "client_id": "playground",
                "client_secret": "playground-client-secret",
            },
        },
    }
