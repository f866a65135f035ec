"""Calls of libs/aws: to moto's servers, and where botocore would send them."""

import base64
import json
import os

import boto3
import botocore.session
import pytest
from aws_driver import run
from botocore.config import Config
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"  # moto's own
HOST = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"

SERVICES = [
    "ecr",
    "sts",
    "lambda",
    "iam",
    "sso",
    "apigatewayv2",
    "apigateway",
    "logs",
    "ecs",
    "cloudformation",
    "ec2",
    "stepfunctions",
    "events",
    "ssm",
    "dynamodb",
]
REGIONS = [
    "us-east-1",
    "eu-west-1",
    "ap-southeast-5",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eusc-de-east-1",
]


@pytest.fixture(scope="module")
def moto():
    """The URL of a server that is AWS as far as these tests go."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def environment(moto, tmp_path):
    return {
        "HOME": tmp_path,
        "AWS_ENDPOINT_URL_ECR": moto,
        "AWS_ENDPOINT_URL": moto,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "hush",
        "AWS_REGION": "eu-west-1",
    }


@pytest.fixture
def client(moto):
    """client(service): boto3's."""

    def client(service):
        return boto3.client(
            service, region_name="eu-west-1", endpoint_url=moto, aws_access_key_id="a", aws_secret_access_key="b"
        )

    return client


def test_a_registry_gives_its_login(environment, client):
    result = run("ecr-login", HOST, environment=environment)
    assert result.returncode == 0, result.stderr
    login = json.loads(result.stdout)
    (expected,) = client("ecr").get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(expected["authorizationToken"]).decode().partition(":")
    assert login == {"user": user, "password": password}


def test_a_repository_is_made_once(environment, client):
    assert run("create-repository", HOST, "team/hello", environment=environment).stdout == "new\n"
    assert run("create-repository", HOST, "team/hello", environment=environment).stdout == "there\n"
    (repository,) = client("ecr").describe_repositories(repositoryNames=["team/hello"])["repositories"]
    assert repository["repositoryArn"] == f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/team/hello"


def test_a_refusal_has_its_code_and_message(environment):
    body = json.dumps({"repositoryNames": ["none"]})
    target = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"
    result = run("json", "ecr", target, body, environment=environment)
    assert result.returncode == 1
    assert result.stderr.startswith("ecr DescribeRepositories: RepositoryNotFoundException: The repository")
    result = run("rest", "lambda", "GET", "/2015-03-31/functions/none", environment=environment)
    assert result.returncode == 1
    assert result.stderr.startswith("lambda GET: ResourceNotFoundException: Function not found")


def test_a_role_is_assumed_and_used(environment, tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(
        f"[profile ops]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/ops\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = hush\n"
    )
    keys = run("credentials", environment=environment, profile="ops")
    assert keys.returncode == 0, keys.stderr
    keys = json.loads(keys.stdout)
    assert keys["access_key"].startswith("ASIA") and keys["token"] and keys["expires"]
    assert keys["source"] == f"role 'arn:aws:iam::{ACCOUNT}:role/ops'"
    assert run("ecr-login", HOST, environment=environment, profile="ops").returncode == 0


def test_nobody_answers(environment):
    """Three attempts, and an error that shows no secret."""
    gone = environment | {"AWS_ENDPOINT_URL_ECR": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    result = run("ecr-login", HOST, environment=gone)
    assert result.returncode == 1
    assert result.stderr.startswith("ecr GetAuthorizationToken: ")
    assert "127.0.0.1" in result.stderr and "hush" not in result.stderr


@pytest.fixture(scope="module")
def endpoint_of_botocore(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        session = botocore.session.Session()  # One for all, which reads its models once.
        session.set_credentials("a", "b")

        def endpoint_of_botocore(service, region, **options):
            client = session.create_client(service, region_name=region, config=Config(**options))
            return client.meta.endpoint_url, client.meta.service_model.signing_name

        yield endpoint_of_botocore


@pytest.mark.parametrize("region", REGIONS)
def test_a_service_is_where_botocore_finds_it(region, endpoint_of_botocore, tmp_path):
    for service in SERVICES:
        result = run("endpoint", service, region, environment={"HOME": tmp_path})
        assert result.returncode == 0, result.stderr
        url, signing_service, _ = result.stdout.split()
        assert (url, signing_service) == endpoint_of_botocore(service, region)


@pytest.mark.parametrize(
    ("variable", "option", "region"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", "us-east-1"),
        ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", "us-gov-west-1"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", "eu-west-1"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", "cn-north-1"),
    ],
)
def test_a_variant_of_a_service_is_where_botocore_finds_it(variable, option, region, endpoint_of_botocore, tmp_path):
    for service in ["ecr", "sts", "lambda", "iam"]:
        result = run("endpoint", service, region, environment={"HOME": tmp_path, variable: "true"})
        expected, _ = endpoint_of_botocore(service, region, **{option: True})
        assert result.stdout.split()[0] == expected
