#include "thimble/base/env.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace thimble {
namespace {

using Entries = std::vector<std::string>;

TEST(Env, IsEmptyWithoutAnArrayOrWithAnEmptyOne) {
  const char* const nothing[] = {nullptr};
  EXPECT_TRUE(Env::from(nullptr).entries().empty());
  EXPECT_TRUE(Env::from(nothing).entries().empty());
}

TEST(Env, KeepsEverythingAfterTheFirstEqualsSign) {
  const char* const array[] = {"A=b=c==", "EMPTY=", "SPACE= x ", "UTF8=\xc3\xa4", nullptr};
  const Env env = Env::from(array);
  EXPECT_EQ(env.find("A"), "b=c==");
  EXPECT_EQ(env.find("EMPTY"), "");
  EXPECT_EQ(env.find("SPACE"), " x ");
  EXPECT_EQ(env.find("UTF8"), "\xc3\xa4");
}

TEST(Env, TakesTheFirstOfTwoWithTheSameName) {
  const char* const array[] = {"A=first", "A=second", nullptr};
  EXPECT_EQ(Env::from(array).find("A"), "first");
}

TEST(Env, LeavesOutWhatIsNotNameAndValue) {
  const char* const array[] = {"NOVALUE", "=C:=C:\\", "", "A=1", nullptr};
  EXPECT_EQ(Env::from(array).entries(), Entries{"A=1"});
}

TEST(Env, DistinguishesUnsetFromEmpty) {
  Env env;
  env.set("EMPTY", "");
  EXPECT_TRUE(env.has("EMPTY"));
  EXPECT_FALSE(env.has("UNSET"));
  EXPECT_EQ(env.find("UNSET"), std::nullopt);
  EXPECT_FALSE(env.has("EMPT"));
  EXPECT_FALSE(env.has("empty"));
}

TEST(Env, FallsBackForUnsetAndForEmpty) {
  Env env;
  env.set("EMPTY", "");
  env.set("SET", "x");
  EXPECT_EQ(env.value_or("EMPTY", "fallback"), "fallback");
  EXPECT_EQ(env.value_or("UNSET", "fallback"), "fallback");
  EXPECT_EQ(env.value_or("SET", "fallback"), "x");
}

TEST(Env, ReplacesWithSetAndKeepsWithSetIfAbsent) {
  Env env;
  env.set("A", "1");
  env.set_if_absent("A", "2");
  EXPECT_EQ(env.find("A"), "1");
  env.set("A", "3");
  EXPECT_EQ(env.find("A"), "3");
  env.set("B", "");
  env.set_if_absent("B", "4");
  EXPECT_EQ(env.find("B"), "") << "empty is not absent";
}

TEST(Env, ForgetsWhatIsErased) {
  Env env;
  env.set("A", "1");
  env.erase("A");
  env.erase("never there");
  EXPECT_FALSE(env.has("A"));
}

TEST(Env, ListsEntriesSortedByName) {
  Env env;
  env.set("B", "2");
  env.set("A_", "x=y");
  env.set("A", "");
  EXPECT_EQ(env.entries(), (Entries{"A=", "A_=x=y", "B=2"}));
}

}  // namespace
}  // namespace thimble
