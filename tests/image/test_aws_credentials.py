"""Credentials are found where botocore finds them: the same files and variables for both."""

import hashlib
import json
import re
import stat

import pytest
from aws_driver import botocore_credentials, run
from fake_aws import FakeAws

KEYS = "aws_access_key_id = {0}\naws_secret_access_key = HUSH of {0}\n"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "env", "AWS_SECRET_ACCESS_KEY": "HUSH of env", "AWS_SESSION_TOKEN": "HUSH token"}


def keys(name):
    return KEYS.format(name)


class Case:
    def __init__(self, name, config="", credentials="", profile=None, environment=None, files=None):
        self.name = name
        self.config = config
        self.credentials = credentials
        self.profile = profile
        self.environment = environment or {}
        self.files = files or {}

    def __str__(self):
        return self.name

    def prepare(self, home, url):
        """Writes the files; returns the environment."""
        places = {"URL": url, "HOME": str(home)}

        def filled(text):
            for name, value in places.items():
                text = text.replace(f"@{name}@", value)
            # botocore takes nothing that is shorter than an ARN.
            return re.sub(r"(?m)^(role_arn = )?(r\w?)$", r"\1arn:aws:iam::111122223333:role/\2", text)

        files = {".aws/config": self.config, ".aws/credentials": self.credentials, **self.files}
        for name, text in files.items():
            if text:
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                (home / name).write_text(filled(text))
        if "tool" in self.files:
            (home / "tool").chmod(stat.S_IRWXU)
        return {
            "HOME": str(home),
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_STS": url,
            "AWS_ENDPOINT_URL_SSO": url,
            "AWS_EC2_METADATA_DISABLED": "true",
            **{name: filled(value) for name, value in self.environment.items()},
        }


def login(key, expires="2099-01-01T00:00:00Z"):
    name = f".aws/sso/cache/{hashlib.sha1(key.encode()).hexdigest()}.json"
    return {
        name: json.dumps(
            {"accessToken": "bearer", "expiresAt": expires, "region": "eu-west-2", "startUrl": "https://corp"}
        )
    }


SSO_SESSION = """[profile new]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = my role
[sso-session corp]
sso_region = eu-west-2
sso_start_url = https://corp
"""
SSO_LEGACY = """[profile old]
sso_account_id = 111122223333
sso_role_name = r
sso_region = eu-west-2
sso_start_url = https://corp
"""
TOOL = """#!/bin/sh
printf '{"Version": 1, "AccessKeyId": "tool %s", "SecretAccessKey": "HUSH", "SessionToken": "t"}' "$1"
"""
INSTANCE = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "@URL@/"}

FOUND = [
    Case("environment", credentials=f"[default]\n{keys('file')}", environment=ENVIRONMENT),
    Case(
        "environment-and-variable",
        credentials=f"[dev]\n{keys('dev')}",
        environment={**ENVIRONMENT, "AWS_PROFILE": "dev"},
    ),
    Case("profile-by-name", credentials=f"[dev]\n{keys('dev')}", environment=ENVIRONMENT, profile="dev"),
    Case("profile-by-variable", config=f"[profile dev]\n{keys('dev')}", environment={"AWS_PROFILE": "dev"}),
    Case("token-of-a-file", credentials=f"[default]\n{keys('file')}aws_session_token = HUSH token=\n"),
    Case("credentials-beat-config", config=f"[default]\n{keys('config')}", credentials=f"[default]\n{keys('file')}"),
    Case(
        "files-elsewhere",
        environment={"AWS_SHARED_CREDENTIALS_FILE": "~/there"},
        files={"there": f"[default]\n{keys('there')}"},
    ),
    Case(
        "odd-spelling",
        credentials=(
            "# c\n\n[ default ]\n[default]\n  AWS_Access_Key_Id : a=b:c ; d # e\n  # c\n"
            "  aws_secret_access_key =   HUSH\n\t\n[x]\n"
        ),
    ),
    Case("quoted-name", config=f'[profile  "my dev"]\n{keys("my")}', profile="my dev"),
    Case(
        "role",
        config=(
            "[profile ops]\nrole_arn = arn:aws:iam::1:role/a&b\nsource_profile = base\n"
            "external_id = é <x>\nduration_seconds = 900\nrole_session_name = me\n"
        ),
        credentials=f"[base]\n{keys('base')}",
        profile="ops",
    ),
    Case(
        "role-of-the-default-profile",
        config=f"[default]\nrole_arn = r\nsource_profile = base\n[profile base]\n{keys('base')}",
    ),
    Case(
        "three-roles",
        config=(
            "[profile a]\nrole_arn = ra\nsource_profile = b\n[profile b]\nrole_arn = rb\n"
            "source_profile = c\n[profile c]\nrole_arn = rc\nsource_profile = d\n[profile d]\n"
            f"{keys('d')}"
        ),
        profile="a",
    ),
    Case("own-source", config=f"[profile a]\nrole_arn = ra\nsource_profile = a\n{keys('a')}", profile="a"),
    Case(
        "a-source-with-keys-and-a-role",
        config=(
            "[profile a]\nrole_arn = ra\nsource_profile = b\n[profile b]\nrole_arn = rb\n"
            f"source_profile = a\n{keys('b')}"
        ),
        profile="a",
    ),
    Case(
        "environment-as-source",
        config="[profile a]\nrole_arn = ra\ncredential_source = Environment\n",
        environment=ENVIRONMENT,
        profile="a",
    ),
    Case(
        "environment-beats-a-role",
        config="[profile a]\nrole_arn = ra\ncredential_source = Environment\n",
        environment={**ENVIRONMENT, "AWS_PROFILE": "a"},
    ),
    Case(
        "container-as-source",
        config="[default]\nrole_arn = ra\ncredential_source = EcsContainer\n",
        environment={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "@URL@/container"},
    ),
    Case(
        "instance-as-source",
        config="[default]\nrole_arn = ra\ncredential_source = Ec2InstanceMetadata\n",
        environment=INSTANCE,
    ),
    Case(
        "program-as-source",
        config="[default]\nrole_arn = ra\nsource_profile = p\n[profile p]\ncredential_process = @HOME@/tool x\n",
        files={"tool": TOOL},
    ),
    Case(
        "login-as-source", config=SSO_SESSION + "[default]\nrole_arn = ra\nsource_profile = new\n", files=login("corp")
    ),
    Case(
        "web-identity-as-source",
        config=(
            "[default]\nrole_arn = ra\nsource_profile = w\n[profile w]\nrole_arn = rw\n"
            "web_identity_token_file = @HOME@/jwt\n"
        ),
        files={"jwt": "HUSH.jwt"},
    ),
    Case("program", config="[default]\ncredential_process = \"@HOME@/tool\" 'a b'\\ c\n", files={"tool": TOOL}),
    Case(
        "keys-beat-a-program",
        config="[default]\ncredential_process = /nowhere\n",
        credentials=f"[default]\n{keys('file')}",
    ),
    Case("login", config=SSO_SESSION, files=login("corp"), profile="new"),
    Case("login-without-a-session", config=SSO_LEGACY, files=login("https://corp"), profile="old"),
    Case(
        "login-beats-keys",
        config=SSO_LEGACY,
        credentials=f"[old]\n{keys('old')}",
        files=login("https://corp"),
        profile="old",
    ),
    Case(
        "web-identity",
        environment={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/jwt", "AWS_ROLE_ARN": "rw", "AWS_ROLE_SESSION_NAME": "me"},
        files={"jwt": "HUSH.jwt"},
    ),
    Case(
        "web-identity-of-a-profile",
        config="[default]\nrole_arn = rw\nweb_identity_token_file = @HOME@/jwt\n",
        files={"jwt": "HUSH.jwt"},
    ),
    Case(
        "web-identity-beats-keys",
        credentials=f"[default]\n{keys('file')}",
        environment={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/jwt", "AWS_ROLE_ARN": "rw"},
        files={"jwt": "HUSH.jwt"},
    ),
    Case(
        "profile-by-name-beats-web-identity",
        credentials=f"[dev]\n{keys('dev')}",
        profile="dev",
        environment={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/jwt", "AWS_ROLE_ARN": "rw"},
        files={"jwt": "HUSH.jwt"},
    ),
    Case(
        "container",
        environment={
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "@URL@/container",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "HUSH token",
        },
    ),
    Case(
        "container-with-a-file",
        environment={
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "@URL@/container",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "@HOME@/token",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "no",
        },
        files={"token": "of the file"},
    ),
    Case(
        "keys-beat-the-container",
        credentials=f"[default]\n{keys('file')}",
        environment={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "@URL@/container"},
    ),
    Case(
        "container-beats-the-instance",
        environment={**INSTANCE, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "@URL@/container"},
    ),
    Case("instance", environment=INSTANCE),
]

NOT_FOUND = [
    Case("nothing"),
    Case("no-such-profile", credentials=f"[default]\n{keys('file')}", environment={"AWS_PROFILE": "dev"}),
    Case("half-of-the-environment", environment={"AWS_ACCESS_KEY_ID": "env"}),
    Case("half-of-a-profile", credentials="[default]\naws_access_key_id = file\n"),
    Case(
        "a-circle",
        config="[profile a]\nrole_arn = ra\nsource_profile = b\n[profile b]\nrole_arn = rb\nsource_profile = a\n",
        profile="a",
    ),
    Case("a-circle-of-one", config="[profile a]\nrole_arn = ra\nsource_profile = a\n", profile="a"),
    Case("no-source", config="[profile a]\nrole_arn = ra\n", profile="a"),
    Case(
        "two-sources",
        config=(
            "[profile a]\nrole_arn = ra\nsource_profile = b\ncredential_source = Environment\n"
            f"[profile b]\n{keys('b')}"
        ),
        profile="a",
    ),
    Case("no-such-source", config="[profile a]\nrole_arn = ra\nsource_profile = b\n", profile="a"),
    Case(
        "no-keys-at-the-source",
        config="[profile a]\nrole_arn = ra\nsource_profile = b\n[profile b]\nregion = x\n",
        profile="a",
    ),
    Case("not-logged-in", config=SSO_SESSION, profile="new"),
    Case("login-over", config=SSO_LEGACY, files=login("https://corp", "2020-01-01T00:00:00Z"), profile="old"),
    Case(
        "no-such-session", config="[profile a]\nsso_session = b\nsso_account_id = 1\nsso_role_name = r\n", profile="a"
    ),
    Case("program-fails", config="[default]\ncredential_process = /bin/false\n"),
    Case("program-prints-no-json", config="[default]\ncredential_process = /bin/echo HUSH\n"),
    Case(
        "program-prints-too-little",
        config='[default]\ncredential_process = /bin/echo \'{"Version": 1, "SecretAccessKey": "HUSH"}\'\n',
    ),
    Case(
        "program-of-another-version",
        config='[default]\ncredential_process = /bin/echo \'{"Version": 2, "AccessKeyId": "a", "SecretAccessKey": "HUSH"}\'\n',
    ),
    Case(
        "web-identity-without-a-role",
        environment={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/jwt"},
        files={"jwt": "HUSH.jwt"},
    ),
    Case(
        "web-identity-without-a-token", environment={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/jwt", "AWS_ROLE_ARN": "rw"}
    ),
    Case(
        "a-container-elsewhere", environment={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.169.254/container"}
    ),
    Case("a-broken-file", credentials="[default]\naws_secret_access_key\nHUSH\n"),
    Case("a-file-without-a-section", credentials="aws_secret_access_key = HUSH\n"),
]


@pytest.fixture(scope="module")
def aws():
    with FakeAws() as aws:
        yield aws


@pytest.mark.parametrize("case", FOUND, ids=str)
def test_the_same_credentials_as_botocore(case, aws, tmp_path):
    environment = case.prepare(tmp_path, aws.url)
    expected = botocore_credentials(environment, case.profile)
    assert expected, "botocore finds none: this case shows nothing"
    result = run("credentials", environment=environment, profile=case.profile)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("case", NOT_FOUND, ids=str)
def test_none_where_botocore_has_none_and_no_secret_in_the_message(case, aws, tmp_path):
    environment = case.prepare(tmp_path, aws.url)
    assert botocore_credentials(environment, case.profile) is None
    result = run("credentials", environment=environment, profile=case.profile)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1 and len(result.stderr) > 20
    assert "HUSH" not in result.stderr


def test_a_login_that_is_over_names_the_command(aws, tmp_path):
    (case,) = [case for case in NOT_FOUND if case.name == "login-over"]
    result = run("credentials", environment=case.prepare(tmp_path, aws.url), profile=case.profile)
    assert "`aws sso login --profile old`" in result.stderr
