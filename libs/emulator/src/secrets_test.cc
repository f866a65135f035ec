#include "thimble/emulator/secrets.h"

#include <string>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

Env with(const std::string& name, const std::string& value) {
  Env env;
  env.set("PATH", "/usr/local/bin");
  env.set(name, value);
  return env;
}

TEST(Secrets, AreValuesOfVariablesThatAreCalledSo) {
  for (const char* name : {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "DB_PASSWORD", "api_key",
                           "Authorization", "COOKIE_JAR", "CREDENTIALS"}) {
    EXPECT_EQ(without_secrets("a hunter22 b hunter22", with(name, "hunter22")), "a *** b ***")
        << name;
  }
  EXPECT_EQ(without_secrets("a hunter22 b", with("PET", "hunter22")), "a hunter22 b");
}

TEST(Secrets, ArePasswordsInUrlsOfAnyVariable) {
  for (const char* url : {"http://user:hunter22@proxy:3128", "postgres://u:hunter22@db/x?a=@b",
                          "https://:hunter22@h", "db://u:hunter22/3#?@h/x"}) {
    EXPECT_EQ(without_secrets(url, with("URL", url)).find("hunter22"), std::string::npos) << url;
  }
  for (const char* url : {"http://hunter22:3128", "http://host/a:hunter22@b", "hunter22"}) {
    EXPECT_EQ(without_secrets(url, with("URL", url)), url);
  }
}

TEST(Secrets, AreNotShortWords) {
  EXPECT_EQ(without_secrets("a b secret7", with("TOKEN", "a")), "a b secret7");
  EXPECT_EQ(without_secrets("a b secret7", with("TOKEN", "")), "a b secret7");
  EXPECT_EQ(without_secrets("a b secret7", with("TOKEN", "secret7")), "a b secret7");
}

TEST(Secrets, AreTakenOutWholeWhereOneIsAPartOfAnother) {
  Env env = with("TOKEN", "hunter22");
  env.set("ANOTHER_TOKEN", "the hunter22 and more");
  EXPECT_EQ(without_secrets("the hunter22 and more", env), "***");
  EXPECT_EQ(without_secrets("/usr/local/bin", env), "/usr/local/bin");
}

}  // namespace
}  // namespace thimble::emulator
