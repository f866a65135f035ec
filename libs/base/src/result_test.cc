#include "thimble/base/result.h"

#include <cerrno>
#include <utility>

#include <gtest/gtest.h>

namespace thimble {
namespace {

TEST(Result, SaysWhatWasBeingDoneOutsideFirst) {
  Error error = Error{ErrorCode::kPermission, "permission denied"}.during("open 'log'");
  error = std::move(error).during("start");
  EXPECT_EQ(error.message, "start: open 'log': permission denied");
  EXPECT_EQ(error.code, ErrorCode::kPermission);
}

TEST(Result, CarriesAValueOrAnError) {
  const Result<int> good = 5;
  EXPECT_EQ(good.value(), 5);
  const Result<int> bad = fail(ErrorCode::kLimit, "too many");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::kLimit);
  EXPECT_EQ(bad.error().message, "too many");
}

TEST(SystemError, SortsErrorNumbers) {
  EXPECT_EQ(system_error("x", ENOENT).code, ErrorCode::kNotFound);
  EXPECT_EQ(system_error("x", ENOTDIR).code, ErrorCode::kNotFound);
  EXPECT_EQ(system_error("x", EACCES).code, ErrorCode::kPermission);
  EXPECT_EQ(system_error("x", EPERM).code, ErrorCode::kPermission);
  EXPECT_EQ(system_error("x", EADDRINUSE).code, ErrorCode::kBusy);
  EXPECT_EQ(system_error("x", EIO).code, ErrorCode::kIo);
}

TEST(SystemError, StartsItsReasonInLowerCase) {
  EXPECT_EQ(system_error("open 'a'", ENOENT).message, "open 'a': no such file or directory");
  errno = EACCES;
  EXPECT_EQ(system_error("open 'a'").message, "open 'a': permission denied");
}

}  // namespace
}  // namespace thimble
