#include "document.h"

#include <algorithm>

#include "assign.h"

namespace thimble::project {
namespace detail {
namespace {

const std::vector<std::string> kSections = {"function", "functions", "image",  "run", "push",
                                            "deploy",   "export",    "events", "env"};

// One pass over the sections: those of the file, or those of one of its environments.
class Pass final {
 public:
  Pass(Project& project, const std::string& name, Source source, std::string prefix)
      : project_(project), prefix_(std::move(prefix)), origin_([&name, source](const Node& node) {
          return Origin{source, name + ":" + std::to_string(node.line)};
        }) {}

  [[nodiscard]] Result<void> run(const Node& root) const {
    if (!root.is_table()) return expected_table(root);
    // What is for all functions comes first, wherever it stands.
    for (const Node& section : root.children) {
      if (section.key == "functions") continue;
      if (auto done = assign(section); !done) return done;
    }
    const Node* functions = root.find("functions");
    return functions == nullptr ? Result<void>() : assign_functions(*functions);
  }

 private:
  [[nodiscard]] Result<void> assign(const Node& section) const {
    const std::string& key = section.key;
    const std::string name = prefix_ + key;
    if (key == "function") {
      for (Function& function : project_.functions) {
        if (auto done = assign_section(section, function, name, origin_); !done) return done;
      }
      return {};
    }
    if (key == "image") {
      for (Function& function : project_.functions) {
        if (auto done = assign_section(section, function.image, name, origin_); !done) return done;
      }
      return {};
    }
    if (key == "run") return assign_section(section, project_.run, name, origin_);
    if (key == "push") return assign_section(section, project_.push, name, origin_);
    if (key == "deploy") return assign_section(section, project_.deploy, name, origin_);
    if (key == "export") return assign_exports(section);
    if (key == "events") return assign_events(section, name);
    if (key == "env" && prefix_.empty()) return {};
    return unknown(section);
  }

  [[nodiscard]] std::unexpected<Error> unknown(const Node& section) const {
    auto known = kSections;
    if (!prefix_.empty()) known.pop_back();
    const std::string what = section.is_table() ? "section [" + prefix_ + section.key + "]"
                                                : "key '" + prefix_ + section.key + "'";
    return refuse(origin_(section), "unknown " + what + ": " + suggest(section.key, known));
  }

  [[nodiscard]] std::unexpected<Error> expected_table(const Node& node) const {
    return refuse(origin_(node),
                  "'" + node.key + "': expected a table, not " + std::string(node.kind_name()));
  }

  [[nodiscard]] Result<void> assign_functions(const Node& section) const {
    if (!section.is_table()) return expected_table(section);
    for (const Node& table : section.children) {
      // declare_functions() has seen those of the file; an environment cannot add one.
      std::vector<std::string> keys;
      for (const Function& known : project_.functions) {
        if (!known.key.empty()) keys.push_back(known.key);
      }
      const auto function = std::ranges::find(project_.functions, table.key, &Function::key);
      if (table.key.empty() || function == project_.functions.end()) {
        return refuse(origin_(table),
                      "unknown function '" + table.key + "': " + suggest(table.key, keys));
      }
      const std::string name = prefix_ + "functions." + table.key;
      if (auto done = assign_section(table, *function, name, origin_, {"image"}); !done) {
        return done;
      }
      if (const Node* image = table.find("image")) {
        if (auto done = assign_section(*image, function->image, name + ".image", origin_); !done) {
          return done;
        }
      }
    }
    return {};
  }

  [[nodiscard]] Result<void> assign_exports(const Node& section) const {
    if (!section.is_table()) return expected_table(section);
    for (const Node& table : section.children) {
      if (!table.is_table()) return expected_table(table);
      project_.exports[table.key] = to_json(table);
    }
    return {};
  }

  [[nodiscard]] Result<void> assign_events(const Node& section, const std::string& name) const {
    if (!section.is_table()) return expected_table(section);
    for (const Node& table : section.children) {
      auto at = std::ranges::find(project_.events, table.key, &Event::name);
      if (at == project_.events.end()) {
        at = project_.events.insert(at, Event{.name = table.key});
      }
      if (auto done = assign_section(table, *at, name + "." + table.key, origin_, {"expect"});
          !done) {
        return done;
      }
      if (const Node* expect = table.find("expect")) {
        at->expect = {to_json(*expect), origin_(*expect)};
      }
      if (at->request.is_set() && at->event.is_set()) {
        return refuse(at->event.origin,
                      "[" + name + "." + table.key + "] has both 'request' and 'event'");
      }
    }
    return {};
  }

  Project& project_;
  std::string prefix_;  // "env.prod."
  OriginOf origin_;
};

Node text_node(std::string_view key, std::string_view value) {
  Node node;
  node.kind = Node::Kind::kText;
  node.key = std::string(key);
  node.text = std::string(value);
  return node;
}

// {key = value}, or {env = {NAME = value}} for "env.NAME".
Node table_of(std::string_view key, std::string_view value) {
  Node table;
  for (const std::string_view name : {"env", "labels"}) {
    if (!key.starts_with(name) || key.substr(name.size(), 1) != ".") continue;
    Node inner;
    inner.key = std::string(name);
    inner.children.push_back(text_node(key.substr(name.size() + 1), value));
    table.children.push_back(std::move(inner));
    return table;
  }
  table.children.push_back(text_node(key, value));
  return table;
}

}  // namespace

Result<void> Document::declare_functions(Project& project) const {
  const Node* functions = root.find("functions");
  if (functions != nullptr && functions->is_table() && !functions->children.empty()) {
    for (const Node& table : functions->children) {
      const Origin origin{Source::kDefault, name + ":" + std::to_string(table.line)};
      project.functions.push_back({.key = table.key, .name = {table.key, origin}});
    }
    std::ranges::sort(project.functions, {}, &Function::key);
    if (const Node* common = root.find("function"); common != nullptr && common->find("name")) {
      return refuse({Source::kFile, name + ":" + std::to_string(common->find("name")->line)},
                    "'name' in [function] would be that of each of [functions]: remove it");
    }
  } else {
    project.functions.emplace_back();
  }
  return {};
}

Result<void> Document::assign_all(Project& project, const std::string& environment) const {
  if (auto done = Pass(project, name, Source::kFile, "").run(root); !done) return done;
  std::vector<std::string> known;
  bool found = environment.empty();
  if (const Node* environments = root.find("env")) {
    if (!environments->is_table()) {
      return refuse({Source::kFile, name + ":" + std::to_string(environments->line)},
                    "'env': expected a table of tables, [env.NAME.SECTION]");
    }
    for (const Node& table : environments->children) {
      known.push_back(table.key);
      const bool chosen = table.key == environment;
      found = found || chosen;
      Project tried = project;
      const Pass pass(chosen ? project : tried, name, Source::kEnvironment,
                      "env." + table.key + ".");
      if (auto done = pass.run(table); !done) return done;
    }
  }
  if (!found) {
    return fail(ErrorCode::kInvalid,
                name + ": there is no [env." + environment + "]: " + suggest(environment, known));
  }
  return {};
}

Result<void> assign_variable(Project& project, const std::string& name, const std::string& value) {
  constexpr std::string_view kPrefix = "THIMBLE_";
  if (!name.starts_with(kPrefix)) return {};
  for (const std::string_view section : {"function", "image", "run", "push", "deploy"}) {
    std::string upper(section);
    for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
    upper = std::string(kPrefix) + upper + "_";
    if (!name.starts_with(upper)) continue;
    std::string key = name.substr(upper.size());
    if (section == "function" && key.starts_with("ENV_")) {
      key = "env." + key.substr(4);
    } else {
      for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return set(project, std::string(section) + "." + key, value, {Source::kVariable, name});
  }
  return {};
}

}  // namespace detail

Result<void> set(Project& project, std::string_view key, std::string_view value,
                 const Origin& origin) {
  const std::size_t dot = std::min(key.find('.'), key.size());
  const std::string section(key.substr(0, dot));
  const detail::Node table = detail::table_of(key.substr(std::min(dot + 1, key.size())), value);
  const detail::OriginOf from = [&origin](const detail::Node&) { return origin; };
  if (section == "run") return detail::assign_section(table, project.run, section, from);
  if (section == "push") return detail::assign_section(table, project.push, section, from);
  if (section == "deploy") return detail::assign_section(table, project.deploy, section, from);
  if (section != "function" && section != "image") {
    return detail::refuse(origin, "unknown section '" + section + "'");
  }
  for (Function& function : project.functions) {
    auto done = section == "image" ? detail::assign_section(table, function.image, section, from)
                                   : detail::assign_section(table, function, section, from);
    if (!done) return done;
  }
  return {};
}

}  // namespace thimble::project
