#include "thimble/registry/challenge.h"

#include <algorithm>

namespace thimble::registry {
namespace {

constexpr std::size_t kLongest = 8192;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_token_char(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return is_alphanumeric(c) || kOthers.find(c) != std::string_view::npos;
}
bool is_token68_char(char c) {
  constexpr std::string_view kOthers = "-._~+/";
  return is_alphanumeric(c) || kOthers.find(c) != std::string_view::npos;
}
bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// Reads from the front of what is left; a function that returns nothing or false has read nothing.
class Scanner final {
 public:
  explicit Scanner(std::string_view text) : all_(text) {}

  [[nodiscard]] bool at_end() const { return at_ == all_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  void go_back(std::size_t at) { at_ = at; }

  std::size_t skip_spaces() { return take_while(is_space).size(); }
  // "#rule" of RFC 9110 section 5.6.1 lets elements of a list be empty.
  void skip_separators() {
    take_while([](char c) { return is_space(c) || c == ','; });
  }
  bool take(char wanted) {
    if (at_end() || all_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  std::string_view take_token() { return take_while(is_token_char); }

  // Whether an element of a list ends here.
  bool at_separator() {
    const std::size_t before = at_;
    skip_spaces();
    const bool yes = at_end() || all_[at_] == ',';
    at_ = before;
    return yes;
  }

  std::optional<std::string_view> take_token68() {
    const std::size_t before = at_;
    if (!take_while(is_token68_char).empty()) {
      take_while([](char c) { return c == '='; });
      if (at_separator()) return all_.substr(before, at_ - before);
    }
    at_ = before;
    return std::nullopt;
  }

  std::optional<std::string> take_quoted() {
    const std::size_t before = at_;
    std::string value;
    for (++at_; !at_end(); ++at_) {
      char c = all_[at_];
      if (c == '"') {
        ++at_;
        return value;
      }
      if (c == '\\' && ++at_ < all_.size()) c = all_[at_];
      if (at_end() || (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f') break;
      value += c;
    }
    at_ = before;
    return std::nullopt;
  }

  // name BWS "=" BWS ( token / quoted-string )
  std::optional<std::pair<std::string, std::string>> take_parameter() {
    const std::size_t before = at_;
    const std::string name = lower(take_token());
    skip_spaces();
    if (!name.empty() && take('=')) {
      skip_spaces();
      std::optional<std::string> value;
      if (!at_end() && all_[at_] == '"') {
        value = take_quoted();
      } else if (const std::string_view token = take_token(); !token.empty()) {
        value = std::string(token);
      }
      if (value && at_separator()) return std::pair(name, std::move(*value));
    }
    at_ = before;
    return std::nullopt;
  }

 private:
  template <class Predicate>
  std::string_view take_while(Predicate predicate) {
    const std::size_t before = at_;
    while (!at_end() && predicate(all_[at_])) ++at_;
    return all_.substr(before, at_ - before);
  }

  std::string_view all_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string_view> Challenge::find(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<std::vector<Challenge>> parse_challenges(std::string_view header) {
  if (header.size() > kLongest) {
    return fail(ErrorCode::kInvalid, "WWW-Authenticate is longer than 8192 bytes");
  }
  Scanner in(header);
  const auto refuse = [&in](std::string_view what) {
    return fail(ErrorCode::kInvalid, "WWW-Authenticate: expected " + std::string(what) +
                                         " at byte " + std::to_string(in.at()));
  };
  std::vector<Challenge> all;
  for (in.skip_separators(); !in.at_end(); in.skip_separators()) {
    Challenge challenge{.scheme = lower(in.take_token()), .token68 = {}, .parameters = {}};
    if (challenge.scheme.empty()) return refuse("a scheme");
    if (!in.at_separator()) {
      if (in.skip_spaces() == 0) return refuse("a space");
      if (const auto token = in.take_token68()) challenge.token68 = *token;
    }
    while (challenge.token68.empty()) {
      const std::size_t before = in.at();
      in.skip_separators();
      auto parameter = in.take_parameter();
      if (!parameter) {
        in.go_back(before);
        break;
      }
      if (challenge.find(parameter->first)) return refuse("no parameter a second time");
      challenge.parameters.push_back(std::move(*parameter));
    }
    if (!in.at_separator()) return refuse("a parameter");
    all.push_back(std::move(challenge));
  }
  return all;
}

}  // namespace thimble::registry
