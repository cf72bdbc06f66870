"""The vendors' own SDKs in a thread pool, only reading the status: the standard library and an SDK, nothing of ours.

Run by a Python of its own (``benchmarks/requirements.lock``), for none of them is a dependency of Milepost.
"""

import base64
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.measuring import metered, run_arm

PROJECT = "054ba152d480d55b2f5dc0069e7ddef0"


def _measured(read: Callable[[int], object], calls: int, threads: int, tasks: int = 1) -> dict[str, Any]:
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(read, range(threads * 2)))
        with metered() as used:
            answers = list(pool.map(read, range(calls)))
    if not all(answers):
        raise RuntimeError("an answer was empty")
    return {"us": used.cpu / calls / tasks * 1e6, "per_second": calls * tasks / used.wall}


def _job(number: int) -> str:
    return f"{number:08x}-2308-4bb5-a6bc-{number:08x}jb21"


def drs(*, port: int, certificate: str, calls: int, threads: int, batch: int = 1) -> dict[str, Any]:
    """huaweicloudsdkdrs, batch-progress of so many jobs a call."""
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.http.http_config import HttpConfig
    from huaweicloudsdkdrs.v3 import DrsClient
    from huaweicloudsdkdrs.v3.model import BatchListProgressesRequest, BatchQueryJobReq

    config = HttpConfig.get_default_config()
    config.ssl_ca_cert = certificate
    config.ignore_ssl_verification = False
    config.pool_maxsize = config.pool_connections = threads
    client = (
        DrsClient.new_builder()
        .with_http_config(config)
        .with_credentials(BasicCredentials("EXAMPLEACCESSKEY", "example-secret-key", PROJECT))
        .with_endpoint(f"https://127.0.0.1:{port}")
        .build()
    )

    def read(number: int) -> object:
        jobs = [_job(number * batch + place) for place in range(batch)]
        answer = client.batch_list_progresses(BatchListProgressesRequest(body=BatchQueryJobReq(jobs=jobs)))
        return answer.results[0].transfer_status and len(answer.results) == batch

    return _measured(read, calls, threads, batch)


def cos(*, port: int, certificate: str, calls: int, threads: int) -> dict[str, Any]:
    """The signer of cos-python-sdk-v5 with requests, one session a thread; the SDK has no call for these tasks."""
    import threading

    import requests
    from qcloud_cos import CosConfig
    from qcloud_cos.cos_auth import CosS3Auth

    config = CosConfig(Region="ap-shanghai", SecretId="AKIDexample", SecretKey="example-secret-key", Scheme="https")
    kept = threading.local()

    def read(number: int) -> object:
        if not hasattr(kept, "session"):
            kept.session = requests.Session()
            kept.session.trust_env = False
        task = base64.b64encode(f"{0x5A000000 + number:08x}_8efa50_4db1_3".encode()).decode()
        path = f"examplebucket-1250000000/{task}"
        answer = kept.session.get(
            f"https://127.0.0.1:{port}/{path}", auth=CosS3Auth(config, path), verify=certificate, timeout=15
        )
        return answer.json()["data"]["status"]

    return _measured(read, calls, threads)


def ucloud(*, port: int, certificate: str, calls: int, threads: int) -> dict[str, Any]:
    """ucloud-sdk-python3; it opens a requests session for each call by itself."""
    from ucloud.client import Client

    client = Client(
        {
            "region": "sg",
            "public_key": "example-public-key",
            "private_key": "example-private-key",
            "base_url": f"https://127.0.0.1:{port}/",
            "ssl_cacert": certificate,
            "log_level": 40,
        }
    )

    def read(number: int) -> object:
        wanted = {"PlanId": "usmc-vtlwsdv6qa7", "TaskId": f"usmc-task-{number:08x}"}
        return client.invoke("GetUSMCTaskStatus", wanted)["Data"]["State"]

    return _measured(read, calls, threads)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run_arm({"drs": drs, "cos": cos, "ucloud": ucloud})
