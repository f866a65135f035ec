"""A durable function: a step, and a callback that somebody has to send."""

from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    doubled = context.step(lambda _: event["n"] * 2, name="double")
    approval = context.create_callback(name="approval")
    return {"doubled": doubled, "approval": approval.result()}
