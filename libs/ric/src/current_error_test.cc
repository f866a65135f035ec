#include "current_error.h"

#include <exception>
#include <expected>
#include <stdexcept>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include <thimble/base/result.h>

namespace app {
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Opaque {};
struct Outer {
  struct Inner {};
};
enum class Code { kBad };
}  // namespace app

namespace thimble::ric {
namespace {

struct Anonymous {};
class Final final : public std::exception {
  const char* what() const noexcept override { return "a final one"; }
};

template <class T>
HandlerError caught(const T& thrown) {
  try {
    throw thrown;
  } catch (...) {
    return current_error();
  }
}

void expect(const HandlerError& error, std::string_view type, std::string_view message) {
  EXPECT_EQ(error.type, type);
  EXPECT_EQ(error.message, message);
  EXPECT_TRUE(error.stack.empty());
}

TEST(CurrentError, OfTheStandardLibrary) {
  expect(caught(std::runtime_error("boom")), "std::runtime_error", "boom");
  expect(caught(std::out_of_range("far")), "std::out_of_range", "far");
  EXPECT_EQ(caught(std::system_error(ENOENT, std::generic_category())).type, "std::system_error");
}

TEST(CurrentError, OfTheHandlersOwnTypes) {
  expect(caught(app::Error("boom")), "app::Error", "boom");
  expect(caught(app::Opaque()), "app::Opaque", "an exception that is no std::exception");
  expect(caught(app::Outer::Inner()), "app::Outer::Inner",
         "an exception that is no std::exception");
  expect(caught(app::Code::kBad), "app::Code", "an exception that is no std::exception");
  expect(caught(Final()), "thimble::ric::(anonymous namespace)::Final", "a final one");
}

TEST(CurrentError, OfWhatIsNoClass) {
  expect(caught(std::string("text")), "Error", "text");
  expect(caught<std::string_view>("text"), "Error", "text");
  expect(caught(::thimble::Error{.message = "no disk"}), "Error", "no disk");
  expect(caught<const char*>("text"), "Error", "text");
  expect(caught<const char*>(nullptr), "Error", "");
  char text[] = "text";
  expect(caught<char*>(text), "Error", "text");
  expect(caught(42), "int", "an exception that is no std::exception");
  expect(caught(4.2), "double", "an exception that is no std::exception");
  expect(caught(true), "bool", "an exception that is no std::exception");
}

struct Silent : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

TEST(CurrentError, OfAnExceptionThatSaysNothing) {
  expect(caught(Silent()), "thimble::ric::(anonymous namespace)::Silent", "");
}

TEST(CurrentError, OfAValueThatIsNotThereIsWhatIsThereInstead) {
  try {
    const Result<int> none = fail(ErrorCode::kInvalid, "table 'x' is missing");
    static_cast<void>(none.value());
  } catch (...) {
    expect(current_error(), "Error", "table 'x' is missing");
  }
  try {
    const std::expected<int, HandlerError> none = std::unexpected(HandlerError{"App", "no"});
    static_cast<void>(none.value());
  } catch (...) {
    expect(current_error(), "App", "no");
  }
}

TEST(CurrentError, IsAHandlerErrorAsItWasThrown) {
  const HandlerError error = caught(HandlerError{"App.Error", "é", {{"a.cc", 7, "f"}}});
  EXPECT_EQ(error.type, "App.Error");
  EXPECT_EQ(error.message, "é");
  ASSERT_EQ(error.stack.size(), 1U);
  EXPECT_EQ(error.stack[0].path, "a.cc");
}

TEST(CurrentError, LeavesTheObjectAsItIs) {
  const auto saved = std::make_exception_ptr(HandlerError{"App.Error", "once and for all"});
  for (int i = 0; i < 2; ++i) {
    try {
      std::rethrow_exception(saved);
    } catch (...) {
      expect(current_error(), "App.Error", "once and for all");
    }
  }
}

TEST(CurrentError, OfAnErrorThatHasAnother) {
  try {
    try {
      throw std::runtime_error("inner");
    } catch (...) {
      std::throw_with_nested(app::Error("outer"));
    }
  } catch (...) {
    EXPECT_EQ(current_error().message, "outer");
  }
}

}  // namespace
}  // namespace thimble::ric
