#include "convert.h"

#include <array>
#include <utility>

#include <thimble/base/parse_number.h>
#include <thimble/json/writer.h>

#include "suggestion.h"
#include "words.h"

namespace thimble::project {
namespace {

constexpr std::array kLanguages{
    std::pair{std::string_view("detect"), Language::kDetect},
    std::pair{std::string_view("command"), Language::kCommand},
    std::pair{std::string_view("cpp"), Language::kCpp},
    std::pair{std::string_view("go"), Language::kGo},
    std::pair{std::string_view("node"), Language::kNode},
    std::pair{std::string_view("python"), Language::kPython},
    std::pair{std::string_view("rust"), Language::kRust},
};
// The first of each is the one that is written.
constexpr std::array kArchs{
    std::pair{std::string_view("x86_64"), Arch::kX86_64},
    std::pair{std::string_view("amd64"), Arch::kX86_64},
    std::pair{std::string_view("arm64"), Arch::kArm64},
    std::pair{std::string_view("aarch64"), Arch::kArm64},
};
constexpr std::array kSlims{
    std::pair{std::string_view("off"), Slim::kOff},
    std::pair{std::string_view("on"), Slim::kOn},
    std::pair{std::string_view("trace"), Slim::kTrace},
};
constexpr std::array kUrls{
    std::pair{std::string_view("off"), Url::kOff},
    std::pair{std::string_view("iam"), Url::kIam},
    std::pair{std::string_view("public"), Url::kPublic},
};

template <class Names, class Value>
std::string_view name_in(const Names& names, Value value) {
  for (const auto& [name, named] : names) {
    if (named == value) return name;
  }
  return "";
}

}  // namespace

std::string_view name_of(Language language) {
  return name_in(kLanguages, language);
}
std::string_view name_of(Arch arch) {
  return name_in(kArchs, arch);
}
std::string_view name_of(Slim slim) {
  return name_in(kSlims, slim);
}
std::string_view name_of(Url url) {
  return name_in(kUrls, url);
}

namespace detail {
namespace {

using Kind = Node::Kind;

std::unexpected<Error> expected(std::string what, const Node& node) {
  std::string got(node.kind_name());
  if (node.kind == Kind::kText || node.kind == Kind::kString) got = "'" + node.text + "'";
  if (node.kind == Kind::kInteger) got = std::to_string(node.integer);
  return fail(ErrorCode::kInvalid, "expected " + std::move(what) + ", not " + got);
}

bool is_text(const Node& node) {
  return node.kind == Kind::kString || node.kind == Kind::kText;
}

// A NUL would end a path or a variable in the middle.
bool has_nul(const Node& node) {
  return node.text.find('\0') != std::string::npos;
}

template <class Number>
Result<void> convert_number(const Node& node, Number& to, std::int64_t least, std::int64_t most) {
  std::optional<std::int64_t> number;
  if (node.kind == Kind::kInteger) number = node.integer;
  if (node.kind == Kind::kText) number = parse_number<std::int64_t>(node.text);
  if (!number || *number < least || *number > most) {
    return expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most),
                    node);
  }
  to = static_cast<Number>(*number);
  return {};
}

template <class Names, class Value>
Result<void> convert_name(const Node& node, Value& to, const Names& names) {
  std::vector<std::string> known;
  for (const auto& [name, value] : names) {
    if (is_text(node) && node.text == name) {
      to = value;
      return {};
    }
    known.emplace_back(name);
  }
  return expected("one of " + join(known), node);
}

std::string json_text(std::string_view text) {
  std::string out;
  json::Writer(out).string(text);
  return out;
}

template <class Values, class Text>
std::string list_of(const Values& values, Text text) {
  std::vector<std::string> all;
  for (const auto& value : values) all.push_back(json_text(text(value)));
  return "[" + join(all) + "]";
}

}  // namespace

Result<void> convert(const Node& node, std::string& to) {
  if (!is_text(node)) return expected("a string", node);
  if (has_nul(node)) return fail(ErrorCode::kInvalid, "expected a string without a NUL");
  to = node.text;
  return {};
}

Result<void> convert(const Node& node, bool& to) {
  if (node.kind == Kind::kBoolean) {
    to = node.boolean;
    return {};
  }
  if (node.kind != Kind::kText) return expected("true or false", node);
  for (const std::string_view yes : {"true", "1", "yes", "on"}) {
    if (node.text == yes) {
      to = true;
      return {};
    }
  }
  for (const std::string_view no : {"false", "0", "no", "off"}) {
    if (node.text == no) {
      to = false;
      return {};
    }
  }
  return expected("true or false", node);
}

Result<void> convert(const Node& node, std::uint16_t& to) {
  return convert_number(node, to, 1, 65535);
}

Result<void> convert(const Node& node, unsigned& to) {
  return convert_number(node, to, 1, 1000);
}

Result<void> convert(const Node& node, Megabytes& to) {
  return convert_number(node, to.count, 128, 10240);
}

Result<void> convert(const Node& node, std::chrono::seconds& to) {
  std::int64_t count = 0;
  if (auto done = convert_number(node, count, 1, 900); !done) return done;
  to = std::chrono::seconds(count);
  return {};
}

Result<void> convert(const Node& node, std::filesystem::path& to) {
  std::string text;
  if (auto done = convert(node, text); !done) return done;
  if (text.empty()) return fail(ErrorCode::kInvalid, "expected a path, not ''");
  to = text;
  return {};
}

Result<void> convert(const Node& node, CommandLine& to) {
  if (node.kind == Kind::kList) return convert(node, to.words);
  if (!is_text(node) || has_nul(node)) return expected("a string or a list of strings", node);
  auto words = split_words(node.text);
  if (!words) return fail(std::move(words.error()));
  to.words = std::move(*words);
  return {};
}

Result<void> convert(const Node& node, Language& to) {
  return convert_name(node, to, kLanguages);
}
Result<void> convert(const Node& node, Arch& to) {
  return convert_name(node, to, kArchs);
}
Result<void> convert(const Node& node, Url& to) {
  return convert_name(node, to, kUrls);
}

Result<void> convert(const Node& node, Slim& to) {
  bool on = false;
  if (convert(node, on)) {
    to = on ? Slim::kOn : Slim::kOff;
    return {};
  }
  if (is_text(node) && node.text == "trace") {
    to = Slim::kTrace;
    return {};
  }
  return expected("true, false or \"trace\"", node);
}

Result<void> convert(const Node& node, std::vector<std::string>& to) {
  std::vector<std::string> all;
  if (node.kind == Kind::kList) {
    for (const Node& child : node.children) {
      if (child.kind != Kind::kString || has_nul(child)) {
        return fail(ErrorCode::kInvalid, "expected a list of strings, but there is " +
                                             std::string(child.kind_name()) + " in it");
      }
      all.push_back(child.text);
    }
  } else if (node.kind == Kind::kText && !has_nul(node)) {
    for (std::size_t at = 0; at < node.text.size();) {
      const std::size_t comma = std::min(node.text.find(',', at), node.text.size());
      if (comma > at) all.push_back(node.text.substr(at, comma - at));
      at = comma + 1;
    }
  } else {
    return expected("a list of strings", node);
  }
  to = std::move(all);
  return {};
}

Result<void> convert(const Node& node, std::vector<Addition>& to) {
  std::vector<std::string> texts;
  if (auto done = convert(node, texts); !done) return done;
  std::vector<Addition> all;
  for (const std::string& text : texts) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0 || text.substr(colon + 1, 1) != "/") {
      return fail(ErrorCode::kInvalid, "expected \"SOURCE:/ABSOLUTE/TARGET\", not '" + text + "'");
    }
    all.push_back({text.substr(0, colon), text.substr(colon + 1)});
  }
  to = std::move(all);
  return {};
}

Result<void> convert(const Node& node, std::vector<image::Platform>& to) {
  std::vector<std::string> texts;
  if (auto done = convert(node, texts); !done) return done;
  std::vector<image::Platform> all;
  for (const std::string& text : texts) {
    auto platform = image::Platform::parse(text);
    if (!platform) return fail(std::move(platform.error()));
    all.push_back(std::move(*platform));
  }
  to = std::move(all);
  return {};
}

std::string describe_value(const std::string& value) {
  return json_text(value);
}
std::string describe_value(bool value) {
  return value ? "true" : "false";
}
std::string describe_value(std::uint16_t value) {
  return std::to_string(value);
}
std::string describe_value(unsigned value) {
  return std::to_string(value);
}
std::string describe_value(const Megabytes& value) {
  return std::to_string(value.count);
}
std::string describe_value(std::chrono::seconds value) {
  return std::to_string(value.count());
}
std::string describe_value(const std::filesystem::path& value) {
  return json_text(value.string());
}
std::string describe_value(const CommandLine& value) {
  return describe_value(value.words);
}
std::string describe_value(Language value) {
  return json_text(name_of(value));
}
std::string describe_value(Arch value) {
  return json_text(name_of(value));
}
std::string describe_value(Url value) {
  return json_text(name_of(value));
}
std::string describe_value(Slim value) {
  return value == Slim::kTrace ? json_text("trace") : describe_value(value == Slim::kOn);
}
std::string describe_value(const std::vector<std::string>& value) {
  return list_of(value, [](const std::string& text) { return text; });
}
std::string describe_value(const std::vector<Addition>& value) {
  return list_of(value, [](const Addition& one) { return one.source.string() + ":" + one.target; });
}
std::string describe_value(const std::vector<image::Platform>& value) {
  return list_of(value, [](const image::Platform& one) { return one.str(); });
}

}  // namespace detail
}  // namespace thimble::project
