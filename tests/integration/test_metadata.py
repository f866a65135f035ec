"""The metadata endpoint as Powertools for AWS Lambda asks it."""

import sys

import pytest

from runtimes import PROGRAMS, PYTHON

COMMAND = (sys.executable, "-m", "awslambdaric", "zone.handler")
PACKAGES = {"PYTHONPATH": str(PROGRAMS / "python")}


@pytest.mark.parametrize(
    ("environment", "zone"),
    [
        ({}, "use1-az1"),
        ({"AWS_REGION": "eu-west-1"}, "euw1-az1"),
        ({"THIMBLE_AVAILABILITY_ZONE_ID": "use1-az6"}, "use1-az6"),
    ],
)
def test_powertools_knows_the_zone(start, environment, zone):
    emulator = start(COMMAND, PYTHON.folder, environment={**PACKAGES, **environment})
    assert emulator.invoke(b"{}").json() == {"zone": zone}
