"""The program that shows libs/aws to the tests of this folder."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DRIVER = Path(os.environ.get("AWS_DRIVER", ROOT / "build/dev/bin/aws_driver"))
