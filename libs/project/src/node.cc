#include "node.h"

#include <thimble/json/writer.h>

namespace thimble::project::detail {
namespace {

void write(const Node& node, json::Writer& out) {
  switch (node.kind) {
    case Node::Kind::kString:
    case Node::Kind::kText:
    case Node::Kind::kDate:
      out.string(node.text);
      break;
    case Node::Kind::kInteger:
      out.integer(node.integer);
      break;
    case Node::Kind::kReal:
      out.real(node.real);
      break;
    case Node::Kind::kBoolean:
      out.boolean(node.boolean);
      break;
    case Node::Kind::kList:
      out.begin_array();
      for (const Node& child : node.children) write(child, out);
      out.end_array();
      break;
    case Node::Kind::kTable:
      out.begin_object();
      for (const Node& child : node.children) {
        out.key(child.key);
        write(child, out);
      }
      out.end_object();
      break;
  }
}

}  // namespace

const Node* Node::find(std::string_view wanted) const {
  for (const Node& child : children) {
    if (child.key == wanted) return &child;
  }
  return nullptr;
}

std::string_view Node::kind_name() const {
  switch (kind) {
    case Kind::kString:
      return "a string";
    case Kind::kInteger:
      return "a whole number";
    case Kind::kReal:
      return "a fraction";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kList:
      return "a list";
    case Kind::kTable:
      return "a table";
    case Kind::kDate:
      return "a date or time";
    case Kind::kText:
      return "a text";
  }
  return "";
}

std::string to_json(const Node& node) {
  std::string out;
  json::Writer writer(out);
  write(node, writer);
  return out;
}

}  // namespace thimble::project::detail
