// The one file that knows toml++.

#include <toml++/toml.h>

#include <algorithm>
#include <exception>
#include <string>

#include "node.h"

namespace thimble::project::detail {
namespace {

// toml++ has a limit of its own for how deep values nest.
Node convert(const toml::node& from) {
  Node to;
  to.line = static_cast<int>(from.source().begin.line);
  if (const auto* table = from.as_table()) {
    for (const auto& [key, value] : *table) {
      Node child = convert(value);
      child.key = std::string(key.str());
      child.line = static_cast<int>(key.source().begin.line);
      to.children.push_back(std::move(child));
    }
    // toml++ sorts by name.
    std::ranges::stable_sort(to.children, {}, &Node::line);
  } else if (const auto* list = from.as_array()) {
    to.kind = Node::Kind::kList;
    for (const toml::node& value : *list) to.children.push_back(convert(value));
  } else if (const auto* text = from.as_string()) {
    to.kind = Node::Kind::kString;
    to.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    to.kind = Node::Kind::kInteger;
    to.integer = integer->get();
  } else if (const auto* real = from.as_floating_point()) {
    to.kind = Node::Kind::kReal;
    to.real = real->get();
  } else if (const auto* boolean = from.as_boolean()) {
    to.kind = Node::Kind::kBoolean;
    to.boolean = boolean->get();
  } else {
    to.kind = Node::Kind::kDate;
    to.text = "(date)";
  }
  return to;
}

std::string lowered(std::string_view description) {
  std::string text(description);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

}  // namespace

Result<Node> parse_toml(std::string_view text, const std::string& name) {
  try {
    return convert(toml::parse(text, std::string_view(name)));
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kInvalid, name + ":" + std::to_string(error.source().begin.line) + ": " +
                                         lowered(error.description()));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalid, name + ": " + lowered(error.what()));
  }
}

}  // namespace thimble::project::detail
