import os
import select
import threading

if "FAIL_INIT" in os.environ:
    raise RuntimeError("no database")


def handler(event, context):
    if "CALLS" in os.environ:
        with open(os.environ["CALLS"], "a") as calls:
            print(context.aws_request_id, file=calls)
    match event["do"]:
        case "echo":
            return event
        case "describe":
            return describe(context)
        case "say":
            for line in event["lines"]:
                print(line)
        case "fail":
            raise ValueError("boom")
        case "exit":
            os._exit(event["code"])
        case "hang":
            threading.Event().wait()
        case "meet":
            return meet(event, context)


def meet(event, context):
    """Returns when so many invocations are here at the same time."""
    open(os.path.join(event["folder"], context.aws_request_id), "w").close()
    while len(os.listdir(event["folder"])) < event["count"]:
        select.select([], [], [], 0.002)
    return {"name": event["name"], **describe(context)}


def describe(context):
    client = context.client_context
    return {
        "requestId": context.aws_request_id,
        "remainingMs": context.get_remaining_time_in_millis(),
        "functionArn": context.invoked_function_arn,
        "functionName": context.function_name,
        "functionVersion": context.function_version,
        "memoryMB": int(context.memory_limit_in_mb),
        "appTitle": client.client.app_title if client else None,
        "custom": client.custom if client else None,
        "tenantId": context.tenant_id,
        "traceId": os.environ.get("_X_AMZN_TRACE_ID"),
        "processId": os.getpid(),
    }
