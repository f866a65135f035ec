#include "json_error.h"

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

TEST(JsonError, IsWrittenAsTheRuntimeApiWritesIt) {
  EXPECT_EQ(runtime_api_error("InvalidRequestID", "Invalid request ID"),
            "{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n");
}

TEST(JsonError, IsWrittenAsACallerGetsIt) {
  EXPECT_EQ(function_error("Sandbox.Timedout", "too late"),
            R"({"errorType":"Sandbox.Timedout","errorMessage":"too late"})");
}

TEST(JsonError, EscapesWhatItQuotes) {
  EXPECT_EQ(function_error("a\"b", "<\\>\n\x01&"),
            R"({"errorType":"a\"b","errorMessage":"\u003c\\\u003e\n\u0001\u0026"})");
}

}  // namespace
}  // namespace thimble::emulator
