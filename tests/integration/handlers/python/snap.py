"""A function with SnapStart hooks, whose answer is the credentials it was told to fetch."""

import json
import os
import urllib.request

from snapshot_restore_py import register_after_restore, register_before_snapshot

register_before_snapshot(lambda: print("before the snapshot", flush=True))


@register_after_restore
def after_restore():
    print("after the restore", flush=True)
    if os.environ.get("FAIL_RESTORE"):
        raise RuntimeError("no snapshot")


def handler(event, context):
    request = urllib.request.Request(
        os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
        headers={"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
