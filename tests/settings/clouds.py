"""Two small kinds of account, so that these tests stand on the loader alone."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from providers.settings import AccountSettings


class Fair(AccountSettings):
    """A cloud with one key."""

    provider: Literal["fair"] = Field(description="The kind of cloud.", examples=["fair"])
    region: str = Field(description="Where the tasks run", examples=["eu-1"])
    secret_key: SecretStr = Field(description="The key", examples=["env:FAIR_SECRET_KEY"])

    @field_validator("region")
    @classmethod
    def _exists(cls, region: str) -> str:
        if region.startswith("x"):
            # A validator that says too much.
            raise ValueError(f"There is no region {region}")
        return region

    @field_validator("secret_key")
    @classmethod
    def _fits(cls, key: SecretStr) -> SecretStr:
        if key.get_secret_value().startswith("x"):
            raise ValueError(f"{key.get_secret_value()} is no key")
        return key


class Cumulus(AccountSettings):
    """A cloud with two ways to sign in."""

    token: SecretStr | None = Field(default=None, description="A token", examples=["env:CUMULUS_TOKEN"])
    password: SecretStr | None = Field(default=None, description="A password", examples=["env:CUMULUS_PASSWORD"])

    @model_validator(mode="after")
    def _has_one(self) -> "Cumulus":
        if (self.token is None) == (self.password is None):
            raise ValueError("Give token or password, one of them")
        return self


TYPES: Mapping[str, type[AccountSettings]] = {"fair": Fair, "cumulus": Cumulus}
