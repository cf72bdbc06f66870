"""Which kinds of cloud there are, and how an account becomes a provider."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from weakref import WeakKeyDictionary

import httpx

from providers.auth.huawei_gate import Gates
from providers.auth.keeper import TokenKeeper
from providers.base import Provider
from providers.huawei_codearts import CodeArtsAccount, HuaweiCodeArts
from providers.huawei_drs import DrsAccount, HuaweiDrs
from providers.pan123 import Pan123, Pan123Account
from providers.scloud_usmc import ScloudUsmc, UsmcAccount
from providers.settings import AccountSettings
from providers.tencent_cos import CosAccount, TencentCos

ACCOUNT_TYPES: Mapping[str, type[AccountSettings]] = MappingProxyType(
    {
        TencentCos.name: CosAccount,
        HuaweiCodeArts.name: CodeArtsAccount,
        HuaweiDrs.name: DrsAccount,
        ScloudUsmc.name: UsmcAccount,
        Pan123.name: Pan123Account,
    }
)

TITLES: Mapping[str, str] = MappingProxyType(
    {
        TencentCos.name: "Tencent COS",
        HuaweiCodeArts.name: "Huawei CodeArts Check",
        HuaweiDrs.name: "Huawei DRS",
        ScloudUsmc.name: "SCloud USMC",
        Pan123.name: "123pan",
    }
)


# Accounts that share a client share what is known of an access key: the cloud counts failures per key.
_gates: WeakKeyDictionary[httpx.AsyncClient, Gates] = WeakKeyDictionary()


def build(
    name: str,
    settings: AccountSettings,
    client: httpx.AsyncClient,
    *,
    tokens: TokenKeeper,
    on_secret: Callable[[str], None],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Provider:
    """Return the account *name*, ready to be asked; *on_secret* hears each token that is obtained.

    *tokens* keeps what must outlive a restart and, where other machines share it, all tokens.

    *pause* is how an account waits where a cloud asks for time between two requests.
    """
    gates = _gates.setdefault(client, Gates())
    if isinstance(settings, CosAccount):
        return TencentCos(settings, client)
    if isinstance(settings, CodeArtsAccount):
        return HuaweiCodeArts(settings, client, tokens=tokens, on_secret=on_secret, gates=gates)
    if isinstance(settings, DrsAccount):
        return HuaweiDrs(settings, client, tokens=tokens, on_secret=on_secret, gates=gates)
    if isinstance(settings, UsmcAccount):
        return ScloudUsmc(settings, client)
    if isinstance(settings, Pan123Account):
        return Pan123(settings, client, account=name, tokens=tokens, on_secret=on_secret, pause=pause)
    raise ValueError(f"no provider takes {type(settings).__name__}")
