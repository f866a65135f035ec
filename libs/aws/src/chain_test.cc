#include "chain.h"

#include <gtest/gtest.h>

#include <thimble/hash/sha1.h>

#include "fake_world.h"
#include "providers.h"

namespace thimble::aws {
namespace {

class CredentialChain : public FakeWorld {
 protected:
  Result<Credentials> found(const ConfigOptions& options = {}) {
    auto loaded = Config::load(env, options);
    if (!loaded) return fail(std::move(loaded.error()));
    const World outside = world();
    return find_credentials(outside, *loaded);
  }
  std::string id(const ConfigOptions& options = {}) {
    const auto keys = found(options);
    return keys ? keys->access_key_id : "error: " + keys.error().message;
  }

  // What STS answers a role with.
  static std::string role_answer(const std::string& id) {
    return "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
           "<AssumeRoleResult><Credentials><AccessKeyId>" +
           id +
           "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
           "<Expiration>2015-08-30T13:36:00Z</Expiration></Credentials></AssumeRoleResult>"
           "</AssumeRoleResponse>";
  }
};

constexpr std::string_view kJsonKeys =
    R"({"Code": "Success", "AccessKeyId": "json", "SecretAccessKey": "s", "Token": "t",
        "Expiration": "2015-08-30T13:36:00Z", "Other": {"AccessKeyId": "no"}})";

TEST_F(CredentialChain, TheEnvironmentBeatsAll) {
  write(".aws/credentials", "[default]\naws_access_key_id = file\naws_secret_access_key = s\n");
  EXPECT_EQ(id(), "file");
  env.set("AWS_ACCESS_KEY_ID", "env");
  EXPECT_EQ(id(), "error: 'AWS_ACCESS_KEY_ID' is set, 'AWS_SECRET_ACCESS_KEY' is not");
  env.set("AWS_SECRET_ACCESS_KEY", "s");
  env.set("AWS_SESSION_TOKEN", "t");
  const auto keys = found();
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->access_key_id, "env");
  EXPECT_EQ(keys->session_token, "t");
  EXPECT_EQ(keys->source, "the environment");
}

TEST_F(CredentialChain, AProfileAskedForByNameBeatsTheEnvironment) {
  write(".aws/credentials", "[dev]\naws_access_key_id = dev\naws_secret_access_key = s\n");
  env.set("AWS_ACCESS_KEY_ID", "env");
  env.set("AWS_SECRET_ACCESS_KEY", "s");
  EXPECT_EQ(id({.profile = "dev"}), "dev");
  env.set("AWS_PROFILE", "dev");
  EXPECT_EQ(id(), "env");
}

TEST_F(CredentialChain, HalfAPairOfKeysIsAnError) {
  write(".aws/credentials", "[default]\naws_access_key_id = file\n");
  EXPECT_EQ(id(),
            "error: profile 'default' has no 'aws_secret_access_key': `aws configure` sets both");
}

TEST_F(CredentialChain, NoneAtAllSaysWhatMakesSome) {
  const auto none = found();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(none.error().message,
            "no AWS credentials: none in the environment, in profile 'default' or of the machine; "
            "`aws configure` or `aws sso login` makes some");
  EXPECT_EQ(requests.size(), 1U);  // Whether this is an EC2 instance.
  EXPECT_EQ(requests[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(requests[0].timeout, Milliseconds(1000));
}

TEST_F(CredentialChain, ARoleIsAskedForWithTheKeysOfItsSource) {
  write(".aws/config",
        "[profile ops]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = base\n"
        "external_id = x y\nrole_session_name = me\nduration_seconds = 900\nregion = eu-west-1\n");
  write(".aws/credentials", "[base]\naws_access_key_id = base\naws_secret_access_key = s\n");
  answer(200, role_answer("ops"));
  const auto keys = found({.profile = "ops"});
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "ops");
  EXPECT_EQ(keys->session_token, "t");
  EXPECT_EQ(keys->expires, WallTime(Seconds(1440941760)));
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_EQ(body(requests[0]),
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fops"
            "&RoleSessionName=me&ExternalId=x%20y&DurationSeconds=900");
  EXPECT_TRUE(header(requests[0], "Authorization")
                  .starts_with("AWS4-HMAC-SHA256 Credential=base/20150830/eu-west-1/sts/"));
}

TEST_F(CredentialChain, RolesAreChained) {
  write(".aws/config",
        "[profile a]\nrole_arn = ra\nsource_profile = b\n"
        "[profile b]\nrole_arn = rb\nsource_profile = c\n"
        "[profile c]\naws_access_key_id = c\naws_secret_access_key = s\n");
  answer(200, role_answer("of-b"));
  answer(200, role_answer("of-a"));
  EXPECT_EQ(id({.profile = "a"}), "of-a");
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_NE(body(requests[0]).find("RoleArn=rb"), std::string::npos);
  EXPECT_NE(header(requests[1], "Authorization").find("Credential=of-b/"), std::string::npos);
}

TEST_F(CredentialChain, ACircleOfRolesIsRefused) {
  write(".aws/config",
        "[profile a]\nrole_arn = ra\nsource_profile = b\n"
        "[profile b]\nrole_arn = rb\nsource_profile = a\n"
        "[profile self]\nrole_arn = r\nsource_profile = self\n");
  EXPECT_EQ(id({.profile = "a"}), "error: 'source_profile' goes in a circle: 'a' -> 'b' -> 'a'");
  EXPECT_EQ(id({.profile = "self"}), "error: 'source_profile' goes in a circle: 'self' -> 'self'");
  EXPECT_TRUE(requests.empty());
}

TEST_F(CredentialChain, ARoleMayBeItsOwnSourceByItsKeys) {
  write(".aws/config",
        "[profile self]\nrole_arn = r\nsource_profile = self\n"
        "aws_access_key_id = own\naws_secret_access_key = s\n");
  answer(200, role_answer("r"));
  EXPECT_EQ(id({.profile = "self"}), "r");
  EXPECT_NE(header(requests.at(0), "Authorization").find("Credential=own/"), std::string::npos);
}

TEST_F(CredentialChain, ARoleNeedsExactlyOneSource) {
  write(".aws/config",
        "[profile none]\nrole_arn = r\n"
        "[profile both]\nrole_arn = r\nsource_profile = none\ncredential_source = Environment\n"
        "[profile odd]\nrole_arn = r\ncredential_source = environment\n"
        "[profile gone]\nrole_arn = r\nsource_profile = away\n"
        "[profile empty]\nregion = x\n"
        "[profile poor]\nrole_arn = r\nsource_profile = empty\n"
        "[profile mfa]\nrole_arn = r\nmfa_serial = m\nsource_profile = empty\n");
  EXPECT_EQ(id({.profile = "none"}),
            "error: profile 'none' has a 'role_arn' and neither "
            "'source_profile' nor 'credential_source'");
  EXPECT_EQ(id({.profile = "both"}),
            "error: profile 'both' has a 'role_arn' and both "
            "'source_profile' and 'credential_source'");
  EXPECT_EQ(id({.profile = "odd"}),
            "error: profile 'odd': 'credential_source' is 'environment', not 'Environment', "
            "'EcsContainer' or 'Ec2InstanceMetadata'");
  EXPECT_EQ(id({.profile = "gone"}),
            "error: profile 'gone': its 'source_profile' 'away' does not exist");
  EXPECT_EQ(id({.profile = "poor"}),
            "error: profile 'poor': no credentials in 'empty', which it takes them from");
  EXPECT_NE(id({.profile = "mfa"}).find("aws configure export-credentials --profile mfa"),
            std::string::npos);
}

TEST_F(CredentialChain, ARoleMayBeAskedForByTheEnvironment) {
  write(".aws/config", "[profile r]\nrole_arn = r\ncredential_source = Environment\n");
  env.set("AWS_ACCESS_KEY_ID", "env");
  env.set("AWS_SECRET_ACCESS_KEY", "s");
  answer(200, role_answer("r"));
  EXPECT_EQ(id({.profile = "r"}), "r");
  EXPECT_NE(header(requests.at(0), "Authorization").find("Credential=env/"), std::string::npos);
}

TEST_F(CredentialChain, AProcessPrintsKeys) {
  write("tool",
        "#!/bin/sh\n"
        "test \"$1\" = 'a b' || exit 9\n"
        "echo '{\"Version\": 1, \"AccessKeyId\": \"tool\", \"SecretAccessKey\": \"s\", "
        "\"SessionToken\": null, \"Expiration\": \"2015-08-30T13:36:00Z\"}'\n");
  std::filesystem::permissions(home / "tool", std::filesystem::perms::owner_all);
  const std::string tool = (home / "tool").string();
  write(".aws/config", "[default]\ncredential_process = " + tool + " \"a b\"\n[profile bad]\n" +
                           "credential_process = " + tool + " c\n[profile gone]\n" +
                           "credential_process = /nowhere/tool\n");
  EXPECT_EQ(id(), "tool");
  EXPECT_EQ(id({.profile = "bad"}), "error: credential_process of profile 'bad': exit code 9");
  EXPECT_TRUE(id({.profile = "gone"}).starts_with("error: credential_process of profile 'gone': "));
}

TEST_F(CredentialChain, WebIdentityTradesAToken) {
  write("token", "jwt.jwt\n");
  env.set("AWS_WEB_IDENTITY_TOKEN_FILE", (home / "token").string());
  EXPECT_EQ(id(), "error: web identity: a token file but no role; set AWS_ROLE_ARN or 'role_arn'");
  env.set("AWS_ROLE_ARN", "arn");
  env.set("AWS_REGION", "eu-west-1");
  answer(200, role_answer("web"));
  EXPECT_EQ(id(), "web");
  EXPECT_EQ(body(requests.at(0)),
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn"
            "&RoleSessionName=thimble-1440938160&WebIdentityToken=jwt.jwt");
  EXPECT_EQ(header(requests.at(0), "Authorization"), "(none)");
}

class SingleSignOn : public CredentialChain {
 protected:
  SingleSignOn() {
    write(".aws/config",
          "[profile new]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = my role\n"
          "[sso-session corp]\nsso_region = eu-west-2\nsso_start_url = https://corp/start\n"
          "[profile old]\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-west-2\n"
          "sso_start_url = https://corp/start\n"
          "[profile half]\nsso_account_id = 1\n");
  }
  void log_in(std::string_view key, std::string_view expires) {
    write(".aws/sso/cache/" + hash::sha1_hex(key) + ".json",
          R"({"accessToken": "bearer", "expiresAt": ")" + std::string(expires) + "\"}");
  }
};

TEST_F(SingleSignOn, TheTokenOfALoginIsTraded) {
  log_in("corp", "2015-08-30T12:36:01Z");
  answer(200, R"({"roleCredentials": {"accessKeyId": "sso", "secretAccessKey": "s",
                  "sessionToken": "t", "expiration": 1440941760000}})");
  const auto keys = found({.profile = "new"});
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "sso");
  EXPECT_EQ(keys->expires, WallTime(Seconds(1440941760)));
  EXPECT_EQ(requests.at(0).url,
            "https://portal.sso.eu-west-2.amazonaws.com/federation/credentials"
            "?role_name=my%20role&account_id=1");
  EXPECT_EQ(header(requests.at(0), "x-amz-sso_bearer_token"), "bearer");
}

TEST_F(SingleSignOn, ALoginThatIsMissingOrOverSaysWhatToType) {
  EXPECT_EQ(id({.profile = "old"}),
            "error: single sign-on of profile 'old': nobody has logged in: "
            "`aws sso login --profile old`");
  log_in("https://corp/start", "2015-08-30T12:36:00Z");
  EXPECT_EQ(id({.profile = "old"}),
            "error: single sign-on of profile 'old': the login has expired: "
            "`aws sso login --profile old`");
  log_in("https://corp/start", "2015-08-30T12:37:00UTC");
  answer(401, R"({"message": "Session token not found or invalid"})");
  EXPECT_EQ(id({.profile = "old"}),
            "error: single sign-on of profile 'old': the login has expired: "
            "`aws sso login --profile old`");
  EXPECT_EQ(id({.profile = "half"}),
            "error: single sign-on of profile 'half': it has no "
            "'sso_role_name': `aws configure sso` sets it");
}

class Container : public CredentialChain {};

TEST_F(Container, ServesByARelativeAddress) {
  env.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x?y");
  answer(200, std::string(kJsonKeys));
  EXPECT_EQ(id(), "json");
  EXPECT_EQ(requests.at(0).url, "http://169.254.170.2/v2/x?y");
  EXPECT_EQ(header(requests.at(0), "Authorization"), "(none)");
}

TEST_F(Container, GetsItsTokenFromAFileFirst) {
  write("token", "of the file\n");
  env.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1");
  env.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of the variable");
  answer(200, std::string(kJsonKeys));
  EXPECT_EQ(id(), "json");
  EXPECT_EQ(header(requests.at(0), "Authorization"), "of the variable");
  env.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", (home / "token").string());
  answer(200, std::string(kJsonKeys));
  EXPECT_EQ(id(), "json");
  EXPECT_EQ(header(requests.at(1), "Authorization"), "of the file");
  write("token", "a\nb");
  EXPECT_EQ(id(),
            "error: credentials of the container: the token of the container's credentials "
            "has line breaks");
}

TEST_F(Container, MayOnlyBeWhereNobodyElseIs) {
  for (const std::string url :
       {"http://127.0.0.1:80/x", "http://localhost/x", "http://[::1]/", "https://any.example/x",
        "http://169.254.170.2/x", "http://[fd00:ec2::23]/x"}) {
    env.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    answer(200, std::string(kJsonKeys));
    EXPECT_EQ(id(), "json") << url;
  }
  const std::size_t allowed = requests.size();
  for (const std::string url : {"http://169.254.169.254/x", "http://evil.example/169.254.170.2",
                                "http://128.0.0.1/", "http://127.0.0.1.evil.example/",
                                "http://169.254.170.2@evil.example/", "ftp://localhost/"}) {
    env.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    EXPECT_TRUE(
        id().starts_with("error: credentials of the container: "
                         "'AWS_CONTAINER_CREDENTIALS_FULL_URI' "))
        << url;
  }
  EXPECT_EQ(requests.size(), allowed);
}

TEST_F(Container, IsAskedThreeTimes) {
  env.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  answer(503, "");
  answer(Error{ErrorCode::kIo, "reset"});
  answer(200, std::string(kJsonKeys));
  EXPECT_EQ(id(), "json");
  EXPECT_EQ(waits.size(), 2U);
  answer(404, "");
  EXPECT_EQ(id(), "error: credentials of the container: status 404");
}

class Instance : public CredentialChain {};

TEST_F(Instance, IsAskedWithATokenOfItsOwn) {
  answer(200, "token");
  answer(200, "my-role\n");
  answer(200, std::string(kJsonKeys));
  EXPECT_EQ(id(), "json");
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].method, "PUT");
  EXPECT_EQ(header(requests[0], "X-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(requests[2].url,
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role");
  EXPECT_EQ(header(requests[2], "X-aws-ec2-metadata-token"), "token");
}

TEST_F(Instance, WithoutARoleIsNoPlace) {
  answer(200, "token");
  answer(404, "");
  EXPECT_TRUE(id().starts_with("error: no AWS credentials: "));
}

TEST_F(Instance, IsElsewhereOrNotAskedIfSo) {
  env.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1338/");
  EXPECT_TRUE(id().starts_with("error: no AWS credentials: "));
  EXPECT_EQ(requests.at(0).url, "http://127.0.0.1:1338/latest/api/token");
  env.set("AWS_EC2_METADATA_DISABLED", "TRUE");
  EXPECT_TRUE(id().starts_with("error: no AWS credentials: "));
  EXPECT_EQ(requests.size(), 1U);
  env.erase("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  env.set("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6");
  EXPECT_EQ(instance_metadata_endpoint(config()), "http://[fd00:ec2::254]");
}

TEST_F(Instance, SaysWhyItHasNone) {
  answer(200, "token");
  answer(200, "my-role");
  answer(200, R"({"Code": "AssumeRoleUnauthorizedAccess", "Message": "no"})");
  EXPECT_EQ(id(), "error: credentials of the EC2 instance: AssumeRoleUnauthorizedAccess");
}

}  // namespace
}  // namespace thimble::aws
