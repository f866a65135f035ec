// Everything that needs the tables of floating-point conversion, so that a program without doubles
// does not link them.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include <thimble/json/number.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

namespace thimble::json {
namespace {

// Whether a number out of the range of double is close to zero rather than large: whether its first
// digit that is not zero stands behind the decimal point, the exponent counted in.
bool is_tiny(std::string_view number) {
  if (number.starts_with('-')) number.remove_prefix(1);
  const std::size_t e = number.find_first_of("eE");
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t significant = mantissa.find_first_not_of("0.");
  if (significant == std::string_view::npos) return true;
  if (e == std::string_view::npos) return significant > mantissa.find('.');
  std::string_view exponent = number.substr(e + 1);
  const bool negative = exponent.starts_with('-');
  if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
  // Where the first significant digit stands, in digits left of the point; negative is right of it.
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const auto position = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(significant);
  std::int64_t value = 0;
  const auto [stop, code] =
      std::from_chars(exponent.data(), exponent.data() + exponent.size(), value);
  if (code == std::errc::result_out_of_range) return negative;
  return negative ? position < value : position < -value;
}

bool parse(std::string_view number, double& value) {
  const char* end = number.data() + number.size();
  const auto [stop, code] = std::from_chars(number.data(), end, value);
  if (code == std::errc() && stop == end) return std::isfinite(value);
  if (code != std::errc::result_out_of_range || !is_tiny(number)) return false;
  value = number.starts_with('-') ? -0.0 : 0.0;
  return true;
}

}  // namespace

Result<double> to_double(std::string_view number) {
  double value = 0;
  if (parse(number, value)) return value;
  return fail(ErrorCode::kInvalid, "number '" + std::string(number) + "' does not fit in a double");
}

double Reader::read_double() {
  if (!read(Token::kNumber, Problem::kNotANumber)) return 0;
  double value = 0;
  if (parse(raw_, value)) return value;
  refuse(Problem::kNotADouble, raw_.data());
  return 0;
}

Writer& Writer::real(double value) {
  if (!std::isfinite(value)) return null();
  std::array<char, 32> digits;
  const auto [end, code] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return raw({digits.data(), end});
}

}  // namespace thimble::json
