#pragma once
// One line, or one JSON object, for CloudWatch Logs.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace thimble::ric::log {

enum class Level : std::uint8_t { kTrace = 1, kDebug, kInfo, kWarn, kError, kFatal };

namespace detail {
void write_real(double value, std::string& out);
}

// A value beside the message. Views must live until the call returns.
struct Field {
  enum class Kind : std::uint8_t { kString, kInteger, kUnsigned, kReal, kBoolean };

  template <std::same_as<bool> T>
  Field(std::string_view field_name, T value)
      : name(field_name), kind(Kind::kBoolean), integer(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view field_name, T value)
      : name(field_name),
        kind(std::unsigned_integral<T> ? Kind::kUnsigned : Kind::kInteger),
        integer(static_cast<std::int64_t>(value)) {}
  Field(std::string_view field_name, double value)
      : name(field_name), kind(Kind::kReal), real(value), write_real(&detail::write_real) {}
  Field(std::string_view field_name, std::string_view value)
      : name(field_name), kind(Kind::kString), text(value) {}
  Field(std::string_view field_name, const char* value)
      : Field(field_name, std::string_view(value)) {}

  std::string_view name;
  Kind kind;
  std::int64_t integer = 0;  // of kUnsigned: the same bits
  double real = 0;
  void (*write_real)(double value, std::string& out) = nullptr;  // linked by who has such a field
  std::string_view text;
};
using Fields = std::initializer_list<Field>;

// Writes one record to stderr, or to the descriptor of _LAMBDA_TELEMETRY_LOG_FD as one frame, if
// AWS_LAMBDA_LOG_LEVEL lets it through. With AWS_LAMBDA_LOG_FORMAT=JSON it is an object with the
// members Lambda documents
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html), `fields`
// among them; else one line: "[INFO]\t<time>\t<request id>\tmessage name=value". May be called from
// any thread; the request id is that of the calling thread's invocation.
//
//   log::info("order stored", {{"order", id}, {"items", 3}});
void write(Level level, std::string_view message, Fields fields = {});

inline void trace(std::string_view message, Fields fields = {}) {
  write(Level::kTrace, message, fields);
}
inline void debug(std::string_view message, Fields fields = {}) {
  write(Level::kDebug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
  write(Level::kInfo, message, fields);
}
inline void warn(std::string_view message, Fields fields = {}) {
  write(Level::kWarn, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
  write(Level::kError, message, fields);
}
inline void fatal(std::string_view message, Fields fields = {}) {
  write(Level::kFatal, message, fields);
}

// Whether a record of that level would be written: for messages that cost something to make.
[[nodiscard]] bool is_enabled(Level level);

}  // namespace thimble::ric::log
