#pragma once
// TOML, or one text, as a tree that knows its lines: what settings are made of.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::project::detail {

struct Node {
  enum class Kind : std::uint8_t {
    kString,
    kInteger,
    kReal,
    kBoolean,
    kList,
    kTable,
    kDate,
    kText,  // From a flag or a variable: whatever the setting takes, as text.
  };
  Kind kind = Kind::kTable;
  std::string key = {};  // In the table it is in.
  int line = 0;          // Of the key, else of the value.
  std::string text = {};
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  std::vector<Node> children = {};  // Of a list or a table, in the order of their lines.

  [[nodiscard]] bool is_table() const { return kind == Kind::kTable; }
  [[nodiscard]] const Node* find(std::string_view wanted) const;

  // "a string", "a table"
  [[nodiscard]] std::string_view kind_name() const;
};

// The whole of a TOML 1.0 document. Errors begin with `name`:LINE.
[[nodiscard]] Result<Node> parse_toml(std::string_view text, const std::string& name);

// The same value in JSON; infinities and NaN are null, dates their text.
[[nodiscard]] std::string to_json(const Node& node);

}  // namespace thimble::project::detail
