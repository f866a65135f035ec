"""A function that says where it is, as Powertools for AWS Lambda knows it."""

from aws_lambda_powertools.utilities.metadata import get_lambda_metadata


def handler(event, context):
    return {"zone": get_lambda_metadata().availability_zone_id}
