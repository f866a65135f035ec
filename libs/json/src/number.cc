#include <thimble/json/number.h>

#include <string>

#include <thimble/base/parse_number.h>

namespace thimble::json {

Result<std::int64_t> to_int64(std::string_view number) {
  if (const auto value = parse_number<std::int64_t>(number)) return *value;
  const bool integer = number.find_first_of(".eE") == std::string_view::npos;
  return fail(ErrorCode::kInvalid,
              "number '" + std::string(number) +
                  (integer ? "' does not fit in 64 bits" : "' is not an integer"));
}

}  // namespace thimble::json
