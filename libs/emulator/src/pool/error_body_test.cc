#include "pool/error_body.h"

#include <optional>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

TEST(ErrorType, IsPassedOnInItsDocumentedForm) {
  for (const std::string_view type : {"Runtime.ExitError", "Function.Unknown", "Runtime.Ab"}) {
    EXPECT_EQ(valid_error_type(type), type);
  }
}

TEST(ErrorType, IsUnknownInAnyOtherForm) {
  for (const std::string_view type :
       {"", "Runtime", "Runtime.", "Runtime.a", "Runtime.A", "Runtime.exitError",
        "Runtime.Exit Error", "Runtime.Exit1", "Runtime.Exit.Error", "Runtime.Exit\r\nX: y",
        "runtime.Exit", "MyError", "Sandbox.Timedout", " Runtime.Exit"}) {
    EXPECT_EQ(valid_error_type(type), "Runtime.Unknown") << type;
  }
  for (const std::string_view type :
       {"Function.", "Function.a", "Function.Foo-Bar", "Function.."}) {
    EXPECT_EQ(valid_error_type(type), "Function.Unknown") << type;
  }
}

TEST(ErrorBody, LosesItsCause) {
  EXPECT_EQ(without_cause(R"({"errorMessage":"m","errorType":"t","stackTrace":["a","b"],)"
                          R"("cause":{"exceptions":[]},"working_directory":"/"})"),
            R"({"errorMessage":"m","errorType":"t","stackTrace":["a","b"]})");
}

TEST(ErrorBody, IsGivenEmptyTextsWhereItHasNone) {
  EXPECT_EQ(without_cause("{}"), R"({"errorMessage":"","errorType":""})");
  EXPECT_EQ(without_cause(R"({"stackTrace":[]})"), R"({"errorMessage":"","errorType":""})");
  EXPECT_EQ(without_cause(R"({"stackTrace":null,"errorType":"t"})"),
            R"({"errorMessage":"","errorType":"t"})");
}

TEST(ErrorBody, EscapesTextsAnew) {
  EXPECT_EQ(without_cause(R"({"errorMessage":"\u003cb>\n","errorType":"\"t\""})"),
            R"({"errorMessage":"\u003cb\u003e\n","errorType":"\"t\""})");
}

TEST(ErrorBody, IsNothingIfItCannotBeRead) {
  for (const std::string_view body :
       {"", "null", "[]", "\"text\"", "{", "{\"errorMessage\":1}", "{\"errorType\":{}}",
        "{\"errorMessage\":\"m\"}x", "{\"stackTrace\":\"a\"}", "{\"stackTrace\":{}}",
        "{\"errorMessage\":\"\xff\"}"}) {
    EXPECT_EQ(without_cause(body), std::nullopt) << body;
  }
}

}  // namespace
}  // namespace thimble::emulator
