#include "thimble/project/secrets.h"

#include <string>

#include <gtest/gtest.h>

namespace thimble::project {
namespace {

// Put together here, so that no scanner of this repository takes them for real ones.
const std::string kKeyBody =
    "\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
    "MzEfYyjiWA4R4ypbHqGC0H0+tG3hGbN9MYHQ2hK5pQx7vJ8sLw1nZf0R6dTyUcVe\n";
const std::string kPrivateKey =
    "-----BEGIN "
    "PRIVATE KEY-----" +
    kKeyBody +
    "-----END "
    "PRIVATE KEY-----\n";
const std::string kAwsId = std::string("AKIA") + "Q3EGRK7ZT4MWXC2B";
const std::string kAwsSecret = std::string("wJ4rXUtnFEMI7K7MDENG") + "bPxRfiCYzR9Tk3yUv1Qs";
const std::string kRandom = "k3Jd9sLq2Wm8Xz7Vb5Nt1Rc6Yp4Gh0FaQeUi";

TEST(SecretNames, AreKnown) {
  for (const std::string_view path :
       {".env", "var/task/.env", "a/.env.production", ".aws/credentials", "a/.git/config",
        ".ssh/known_hosts", ".npmrc", "a/.pypirc", ".netrc", "root/.docker/config.json", "id_rsa",
        "keys/id_ed25519", "credentials.json", "terraform.tfstate", "prod.tfstate", "a.kdbx",
        "x/store.p12"}) {
    EXPECT_FALSE(secret_by_name(path).empty()) << path;
  }
}

TEST(SecretNames, AreNotTakenForOthers) {
  for (const std::string_view path :
       {"env", ".envrc.py", ".env.example", "a/.env.template", "aws/credentials.py", ".gitignore",
        ".github/workflows/a.yml", "config.json", "docker/config.json", "id_rsa.pub", "cacert.pem",
        "public.key", "netrc.py", "package.json", ".aws-sam/build", "x.docker/config.json",
        ".p12"}) {
    EXPECT_TRUE(secret_by_name(path).empty()) << path;
  }
}

TEST(SecretTexts, AreFoundAndTheirLineIsTold) {
  const std::string texts[] = {
      kPrivateKey,
      "{\"private_key\": \"-----BEGIN "
      "PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\\n\"",
      "-----BEGIN RSA "
      "PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n" +
          kKeyBody,
      kAwsId + " " + kAwsSecret,
      "secret = '" + kAwsSecret + "'\nid = '" + kAwsId + "'",
      "aws_secret_access_key = " + kAwsSecret,
      "export AWS_SECRET_ACCESS_KEY=\"" + kAwsSecret + "\"",
      "\"awsSecretAccessKey\": \"" + kAwsSecret + "\"",
      "token: ghp_" + kRandom,
      "github_pat_" + kRandom + "_" + kRandom,
      "xoxb"
      "-123456789012-" +
          kRandom,
      "//registry.npmjs.org/:_authToken=npm_" + kRandom,
      "password = pypi-AgE" + kRandom + kRandom,
      "glpat-" + kRandom,
      "sk_live_" + kRandom,
  };
  for (const std::string& text : texts) {
    int line = 0;
    EXPECT_FALSE(secret_in_text("first\nsecond\n" + text, line).empty()) << text;
    EXPECT_GE(line, 3) << text;
    EXPECT_LE(line, 4) << text;
  }
}

TEST(SecretTexts, AreNotSeenInWhatIsHarmless) {
  const std::string texts[] = {
      "",
      "-",
      "-----BEGIN CERTIFICATE-----" + kKeyBody,
      "-----BEGIN PUBLIC KEY-----" + kKeyBody,
      "if text.startswith('-----BEGIN RSA "
      "PRIVATE KEY-----'): return load(text)\n",
      "-----BEGIN "
      "PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n",
      "-----BEGIN "
      "PRIVATE KEY-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
      kAwsId,
      "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      kAwsId + " da39a3ee5e6b4b0d3255bfef95601890afd80709",
      "aws_secret_access_key = os.environ['AWS_SECRET_ACCESS_KEY']",
      "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      "ghp_" + std::string(36, 'x'),
      "npm_config_user_agent_and_a_lot_more_that_is_long",
      "xoxb-your-token-goes-here-please",
      std::string(100, '-'),
  };
  for (const std::string& text : texts) {
    int line = 0;
    EXPECT_EQ(secret_in_text(text, line), "") << text;
  }
}

image::Tree tree_of(const std::vector<std::pair<std::string, std::string>>& files) {
  image::Tree tree;
  for (const auto& [path, bytes] : files) EXPECT_TRUE(tree.add_bytes(path, bytes));
  return tree;
}

TEST(Secrets, AreFoundByNameAndByContentAFolderOnce) {
  const auto tree =
      tree_of({{"var/task/.aws/config", ""},
               {"var/task/.aws/credentials", ""},
               {"var/task/app.py", "print('hello')"},
               {"var/task/deploy.pem", kPrivateKey},
               {"var/task/server.key",
                std::string("\x30\x82\x04\xa3\x02\x01\x00", 7) + std::string(100, 'x')}});
  const auto found = find_secrets(tree);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[0].path, "var/task/.aws");
  EXPECT_EQ((*found)[1].path, "var/task/deploy.pem");
  EXPECT_EQ((*found)[1].line, 1);
  EXPECT_EQ((*found)[2].path, "var/task/server.key");
}

TEST(Secrets, OfPublishedPackagesAreThoseThatAreNotForShow) {
  const auto tree = tree_of({{"var/task/node_modules/a/.npmrc", ""},
                             {"var/task/node_modules/a/test/key.pem", kPrivateKey},
                             {"var/task/node_modules/a/README.md", "ghp_" + kRandom},
                             {"var/task/node_modules/a/index.js", "ghp_" + kRandom},
                             {"var/task/node_modules/a/check.js", kPrivateKey},
                             {"usr/lib/python3.11/.netrc", ""}});
  const auto found = find_secrets(tree);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ((*found)[0].path, "var/task/node_modules/a/index.js");
  EXPECT_EQ(find_secrets_in_packages(tree_of({{"var/task/p/.env", ""}}))->size(), 0U);
}

TEST(Secrets, AreNotReadInBinaryAndLargeFiles) {
  const auto tree = tree_of(
      {{"a", std::string("\0", 1) + kPrivateKey}, {"b", std::string(1000, ' ') + kPrivateKey}});
  EXPECT_EQ(find_secrets(tree, {.largest = 1000})->size(), 0U);
  EXPECT_EQ(find_secrets(tree)->size(), 1U);
}

TEST(Secrets, MayBeAllowedByPathOrFolder) {
  const auto tree = tree_of({{"var/task/.env", ""}, {"var/task/keys/a.pem", kPrivateKey}});
  const auto count = [&](std::vector<std::string> allowed) {
    return find_secrets(tree, {.allowed = std::move(allowed)})->size();
  };
  EXPECT_EQ(count({}), 2U);
  EXPECT_EQ(count({".env"}), 1U);
  EXPECT_EQ(count({"./.env", "keys/"}), 0U);
  EXPECT_EQ(count({"/var/task/.env"}), 1U);
  EXPECT_EQ(count({"key", ".en", ""}), 2U);
}

TEST(Secrets, AreRefusedWithTheirFileAndTheFlagButNotTheirValue) {
  const auto tree = tree_of({{"var/task/settings.py", "\nTOKEN = 'ghp_" + kRandom + "'"}});
  const auto refused = refuse_secrets(*find_secrets(tree));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "there would be secrets in the image:\n"
            "  'var/task/settings.py:2' is or has a token of GitHub\n"
            "name it in .dockerignore, or let it pass with '--allow-secret settings.py'");
  EXPECT_TRUE(refuse_secrets({}));
}

}  // namespace
}  // namespace thimble::project
