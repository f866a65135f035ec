#pragma once
// Puts nodes into settings, the stronger source over the weaker.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/project/config.h>

#include "convert.h"
#include "fields.h"
#include "suggestion.h"

namespace thimble::project::detail {

// Says where a node comes from.
using OriginOf = std::function<Origin(const Node&)>;

// "thimble.toml:12: 'memory' in [function]: expected ..."
inline std::unexpected<Error> refuse(const Origin& origin, std::string_view message) {
  return fail(ErrorCode::kInvalid, origin.where + ": " + std::string(message));
}

template <class T>
[[nodiscard]] Result<void> assign(const Node& node, Setting<T>& to, const Origin& origin) {
  T value{};
  if (auto done = convert(node, value); !done) {
    return refuse(origin, "'" + node.key + "': " + done.error().message);
  }
  if (origin.source >= to.origin.source) to = {std::move(value), origin};
  return {};
}

template <class T>
[[nodiscard]] Result<void> assign_field(const Node& node, Setting<T>& to, const OriginOf& origin) {
  return assign(node, to, origin(node));
}

// Each member by itself.
[[nodiscard]] inline Result<void> assign_field(const Node& node, StringTable& to,
                                               const OriginOf& origin) {
  if (!node.is_table()) {
    return refuse(origin(node), "'" + node.key + "': expected a table of strings, not " +
                                    std::string(node.kind_name()));
  }
  for (const Node& child : node.children) {
    if (child.key.empty() ||
        child.key.find_first_of(std::string_view("=\0", 2)) != child.key.npos) {
      return refuse(origin(child),
                    "'" + node.key + "': a name is empty, or has a '=' or NUL in it");
    }
    if (auto done = assign(child, to[child.key], origin(child)); !done) return done;
  }
  return {};
}

// Puts a table into a section. Members called as one of `others` are left to the caller.
template <class Section>
[[nodiscard]] Result<void> assign_section(const Node& table, Section& section,
                                          const std::string& name, const OriginOf& origin,
                                          const std::vector<std::string>& others = {}) {
  if (!table.is_table()) {
    return refuse(origin(table),
                  "'" + table.key + "': expected a table, not " + std::string(table.kind_name()));
  }
  for (const Node& child : table.children) {
    std::vector<std::string> known = others;
    bool found = false;
    for (const std::string& other : others) found = found || other == child.key;
    Result<void> done;
    each_field(section, [&](std::string_view key, auto& field) {
      known.emplace_back(key);
      if (found || key != child.key) return;
      found = true;
      done = assign_field(child, field, origin);
    });
    if (!found) {
      return refuse(origin(child), "unknown key '" + child.key + "' in [" + name +
                                       "]: " + suggest(child.key, known));
    }
    if (!done) return done;
  }
  return {};
}

}  // namespace thimble::project::detail
