#pragma once
// Writes JSON text that is valid by construction, straight into a string.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace thimble::json {

struct WriterOptions {
  bool html_safe = false;  // Writes < > & U+2028 U+2029 as \u003c ..., as Go's encoder does.
  bool ascii =
      false;  // Writes everything outside ' '..'~' as \uXXXX, as Python's ensure_ascii does.
  bool spaced = false;  // ", " and ": " between things, as Python's json.dumps does.
  bool keep_surrogates =
      false;  // Writes what LoneSurrogates::kKeep decoded as \ud800 again, not as U+FFFD.
};

// Appends one JSON value to a string, commas and colons by itself:
//
//   std::string out;
//   json::Writer(out).begin_object().key("errorType").string("Runtime.ExitError").key("trace").begin_array().end_array()
//       .end_object();
//
// `out` outlives the writer, which holds nothing else. What is not UTF-8 is written as U+FFFD, one
// per ill-formed sequence, so that the text is valid whatever the input. Calls out of order (a
// value without its key, an end without its beginning) are mistakes of the program and asserted;
// keys are not checked for being unique.
class Writer final {
 public:
  explicit Writer(std::string& out, WriterOptions options = {}) : out_(out), options_(options) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object() { return open('{', true); }
  Writer& end_object() { return close('}', true); }
  Writer& begin_array() { return open('[', false); }
  Writer& end_array() { return close(']', false); }

  Writer& key(std::string_view name);
  Writer& string(std::string_view text);

  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  Writer& integer(T value) {
    if constexpr (std::signed_integral<T>) {
      return signed_integer(value);
    } else {
      return unsigned_integer(value);
    }
  }

  // Writes the shortest digits that read back as the same double; null for NaN and the infinities,
  // which JSON has not.
  Writer& real(double value);

  // Only for a bool: a pointer would convert.
  template <std::same_as<bool> T>
  Writer& boolean(T value) {
    return raw(value ? "true" : "false");
  }
  Writer& null() { return raw("null"); }

  // Writes a value that is JSON already, unchecked.
  Writer& raw(std::string_view json);

  // Whether one whole value has been written.
  [[nodiscard]] bool complete() const { return depth_ == 0 && after_value_; }

 private:
  Writer& open(char bracket, bool object);
  Writer& close(char bracket, bool object);
  Writer& signed_integer(std::int64_t value);
  Writer& unsigned_integer(std::uint64_t value);
  void before_value();
  void separate();
  void quote(std::string_view text);
  [[nodiscard]] bool may_be_object(bool object) const;

  std::string& out_;
  std::size_t depth_ = 0;
  std::uint64_t objects_ =
      0;  // One bit for each of the outer 64 levels: object or array. Deeper ones go unchecked.
  WriterOptions options_;
  bool after_value_ = false;
  bool after_key_ = false;
};

}  // namespace thimble::json
