#pragma once
// The members of a JSON object whose names the service does not fix: headers, attributes, claims.

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace thimble::events {

namespace detail {

// Of ASCII letters only, as in the names of HTTP headers.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace detail

// Names and their values in the order of the text. Look-up is linear: events have few of them. A
// name that occurs twice is kept twice, and the last one is found, as in other languages. With
// `kIgnoreCase` it finds `Content-Type` as `content-type`.
//
//   for (const auto& [name, value] : request.headers) ...
//   if (const std::string* agent = request.headers.find("user-agent")) ...
template <class Value, bool kIgnoreCase = false>
class FlatMap {
 public:
  using Item = std::pair<std::string, Value>;

  FlatMap() = default;
  FlatMap(std::initializer_list<Item> items) : items_(items) {}

  // Valid until the next change; null if there is none of that name.
  [[nodiscard]] const Value* find(std::string_view name) const {
    for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
      if (same(item->first, name)) return &item->second;
    }
    return nullptr;
  }
  [[nodiscard]] Value* find(std::string_view name) {
    return const_cast<Value*>(std::as_const(*this).find(name));
  }
  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }

  // The text of that name, else `otherwise`. The view lives as long as find()'s.
  [[nodiscard]] std::string_view get(std::string_view name, std::string_view otherwise = {}) const
    requires std::is_same_v<Value, std::string>
  {
    const std::string* value = find(name);
    return value != nullptr ? std::string_view(*value) : otherwise;
  }

  // Changes what find() finds, or adds it.
  Value& set(std::string_view name, Value value) {
    if (Value* there = find(name)) return *there = std::move(value);
    return add(std::string(name), std::move(value));
  }

  // Adds at the end, whether or not the name is there.
  Value& add(std::string name, Value value = {}) {
    return items_.emplace_back(std::move(name), std::move(value)).second;
  }

  void remove(std::string_view name) {
    std::erase_if(items_, [&](const Item& item) { return same(item.first, name); });
  }
  void clear() { items_.clear(); }

  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] auto begin() const { return items_.begin(); }
  [[nodiscard]] auto end() const { return items_.end(); }
  [[nodiscard]] auto begin() { return items_.begin(); }
  [[nodiscard]] auto end() { return items_.end(); }

  // In the same order, and names in the same case.
  friend bool operator==(const FlatMap& a, const FlatMap& b) { return a.items_ == b.items_; }

 private:
  static bool same(std::string_view a, std::string_view b) {
    if constexpr (kIgnoreCase) {
      return detail::equal_ignoring_case(a, b);
    } else {
      return a == b;
    }
  }

  std::vector<Item> items_;
};

using StringMap = FlatMap<std::string>;
using StringsMap = FlatMap<std::vector<std::string>>;

// HTTP headers, once with one value for each name and once with all of them.
using Headers = FlatMap<std::string, true>;
using MultiValueHeaders = FlatMap<std::vector<std::string>, true>;

}  // namespace thimble::events
