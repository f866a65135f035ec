#pragma once
// The environment variables a program was started with, read once by main and passed on from there.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thimble {

// A set of NAME=value pairs. Values may be empty, contain '=' or any byte but NUL.
class Env final {
 public:
  Env() = default;

  // Copies an environ-shaped array, which ends with a null pointer. An entry without '=' is left
  // out; of two with the same name the first counts, as for getenv.
  [[nodiscard]] static Env from(const char* const* environ_array);

  // The value, if the name is set at all; valid until that name is changed.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  // The value if it is set and not empty, else `fallback`, which must outlive the answer.
  [[nodiscard]] std::string_view value_or(std::string_view name, std::string_view fallback) const;

  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }

  void set(std::string_view name, std::string_view value);
  void set_if_absent(std::string_view name, std::string_view value);
  void erase(std::string_view name);

  // "NAME=value" strings sorted by name, ready for execve.
  [[nodiscard]] std::vector<std::string> entries() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace thimble
