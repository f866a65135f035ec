#include <thimble/json/number.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <thimble/json/writer.h>

namespace thimble::json {
namespace {

TEST(Number, ConvertsEveryInt64) {
  EXPECT_EQ(to_int64("0").value(), 0);
  EXPECT_EQ(to_int64("-0").value(), 0);
  EXPECT_EQ(to_int64("-12").value(), -12);
  EXPECT_EQ(to_int64("9223372036854775807").value(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(to_int64("-9223372036854775808").value(), std::numeric_limits<std::int64_t>::min());
}

TEST(Number, SaysWhyANumberIsNoInt64) {
  EXPECT_EQ(to_int64("1.0").error().message, "number '1.0' is not an integer");
  EXPECT_EQ(to_int64("1e3").error().message, "number '1e3' is not an integer");
  EXPECT_EQ(to_int64("1E400").error().message, "number '1E400' is not an integer");
  EXPECT_EQ(to_int64("9223372036854775808").error().message,
            "number '9223372036854775808' does not fit in 64 bits");
  EXPECT_EQ(to_int64("-9223372036854775809").error().message,
            "number '-9223372036854775809' does not fit in 64 bits");
}

TEST(Number, ConvertsToTheNearestDouble) {
  EXPECT_EQ(to_double("0").value(), 0.0);
  EXPECT_EQ(to_double("1").value(), 1.0);
  EXPECT_EQ(to_double("-2.5e-3").value(), -0.0025);
  EXPECT_EQ(to_double("1E5").value(), 100000.0);
  EXPECT_EQ(to_double("1e+5").value(), 100000.0);
  EXPECT_EQ(to_double("0.1").value(), 0.1);
  EXPECT_EQ(to_double("9007199254740993").value(), 9007199254740992.0);
  EXPECT_EQ(to_double("1.7976931348623157e308").value(), std::numeric_limits<double>::max());
  EXPECT_EQ(to_double("2.2250738585072011e-308").value(), 2.2250738585072011e-308);
  EXPECT_EQ(to_double("5e-324").value(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(to_double("1" + std::string(308, '0')).value(), 1e308);
}

TEST(Number, KeepsTheSignOfZero) {
  EXPECT_TRUE(std::signbit(to_double("-0").value()));
  EXPECT_TRUE(std::signbit(to_double("-0.0e7").value()));
  EXPECT_TRUE(std::signbit(to_double("-1e-400").value()));
  EXPECT_FALSE(std::signbit(to_double("1e-400").value()));
}

TEST(Number, TakesWhatIsTooSmallForZero) {
  for (const std::string& number :
       {std::string("1e-400"), std::string("123456.789e-99999"), std::string("0.0001e-330"),
        std::string("1e-99999999999999999999999"), "0." + std::string(400, '0') + "1",
        std::string("0e999"), "0." + std::string(700, '0') + "1e+300",
        std::string("0.0e99999999999999999999999")}) {
    const auto value = to_double(number);
    ASSERT_TRUE(value.has_value()) << number;
    EXPECT_EQ(*value, 0.0) << number;
  }
}

TEST(Number, RefusesWhatIsTooLargeForADouble) {
  for (const std::string& number :
       {std::string("1e309"), std::string("-1e400"), std::string("1.8e308"),
        std::string("0.001e400"), std::string("1e99999999999999999999999"),
        "1" + std::string(400, '0'), "1" + std::string(800, '0') + "e-400",
        "1" + std::string(400, '0') + ".5"}) {
    EXPECT_FALSE(to_double(number).has_value()) << number;
  }
  EXPECT_EQ(to_double("1e400").error().message, "number '1e400' does not fit in a double");
}

TEST(Number, ReadsBackEveryDoubleItWrites) {
  // A fixed walk over the bit patterns, so that a failure repeats.
  std::uint64_t bits = 1;
  for (int i = 0; i < 20'000; ++i) {
    bits = bits * 6364136223846793005U + 1442695040888963407U;
    const auto value = std::bit_cast<double>(bits);
    if (!std::isfinite(value)) continue;
    std::string out;
    Writer(out).real(value);
    EXPECT_EQ(to_double(out).value(), value) << out;
  }
}

}  // namespace
}  // namespace thimble::json
