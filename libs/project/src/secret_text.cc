// What texts give away, in one pass over them.

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

#include <thimble/project/secrets.h>

namespace thimble::project {
namespace {

constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alnum(char c) {
  return is_upper(c) || is_lower(c) || is_digit(c);
}
constexpr bool is_base64(char c) {
  return is_alnum(c) || c == '+' || c == '/';
}
constexpr bool is_word(char c) {
  return is_alnum(c) || c == '_' || c == '-';
}

template <class Takes>
std::string_view run_of(std::string_view text, Takes takes) {
  std::size_t length = 0;
  while (length < text.size() && takes(text[length])) ++length;
  return text.substr(0, length);
}

// Whether it looks random: placeholders repeat themselves, and say what they are.
bool looks_random(std::string_view token) {
  std::bitset<128> seen;
  bool has_digit = false;
  for (const char c : token) {
    seen.set(static_cast<unsigned char>(c) & 127U);
    has_digit = has_digit || is_digit(c);
  }
  return has_digit && seen.count() >= std::min<std::size_t>(10, token.size() / 2) &&
         token.find("EXAMPLE") == token.npos && token.find("example") == token.npos;
}

// 40 characters of base64, in which capitals and small letters mix; a SHA-1 has only one of them.
bool is_aws_secret(std::string_view token) {
  return token.size() == 40 && std::ranges::any_of(token, is_upper) &&
         std::ranges::any_of(token, is_lower) && looks_random(token);
}

bool has_aws_secret(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view token = run_of(text.substr(at), is_base64);
    if (is_aws_secret(token)) return true;
    at += token.size() + 1;
  }
  return false;
}

// Each is given the text from where its first two characters were found, and what is before.
struct Found {
  std::string_view before;
  std::string_view text;

  [[nodiscard]] bool begins_word() const { return before.empty() || !is_word(before.back()); }
};

// `prefix`, then at least `least` characters, all of which `takes` takes.
template <class Takes>
bool is_token(const Found& found, std::string_view prefix, std::size_t least, Takes takes) {
  if (!found.text.starts_with(prefix) || !found.begins_word()) return false;
  const std::string_view token = run_of(found.text.substr(prefix.size()), takes);
  return token.size() >= least && looks_random(token);
}

// RFC 7468 and its relatives. A header without a body is somebody's source code.
bool is_private_key(const Found& found) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  if (!found.text.starts_with(kBegin)) return false;
  std::string_view rest = found.text.substr(kBegin.size());
  const std::string_view label = run_of(rest, [](char c) { return is_upper(c) || c == ' '; });
  if (!label.ends_with("PRIVATE KEY") && label != "PGP PRIVATE KEY BLOCK") return false;
  rest.remove_prefix(label.size());
  if (!rest.starts_with("-----")) return false;
  rest = rest.substr(5, 4096);
  // Lines end as they are, or as "\n" in JSON; there may be headers before an empty one.
  std::size_t body = 0;
  while (!rest.empty() && !rest.starts_with("-----")) {
    const std::string_view line = run_of(rest, is_base64);
    if (line.size() >= 32 && looks_random(line)) body += line.size();
    if (body >= 64) return true;
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return false;
}

bool is_aws_key_pair(const Found& found) {
  if (!found.text.starts_with("AKIA") && !found.text.starts_with("ASIA")) return false;
  const std::string_view id = run_of(found.text, [](char c) { return is_upper(c) || is_digit(c); });
  constexpr std::size_t kNear = 300;
  if (id.size() != 20 || !found.begins_word() || !looks_random(id)) return false;
  const std::size_t before = std::min(kNear, found.before.size());
  return has_aws_secret(found.before.substr(found.before.size() - before)) ||
         has_aws_secret(found.text.substr(id.size(), kNear));
}

// aws_secret_access_key = ..., in any case, as JSON or a shell's assignment too.
bool is_aws_secret_setting(const Found& found) {
  constexpr std::string_view kName = "awssecretaccesskey";
  std::string_view rest = found.text;
  for (const char wanted : kName) {
    if (rest.starts_with('_')) rest.remove_prefix(1);
    if (rest.empty() || (rest[0] | 0x20) != wanted) return false;
    rest.remove_prefix(1);
  }
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\"':="), rest.size()));
  return is_aws_secret(run_of(rest, is_base64));
}

bool is_github_token(const Found& found) {
  for (const std::string_view prefix : {"ghp_", "gho_", "ghu_", "ghs_", "ghr_"}) {
    if (is_token(found, prefix, 36, is_alnum)) return true;
  }
  return is_token(found, "github_pat_", 60, is_word);
}

bool is_slack_token(const Found& found) {
  for (const std::string_view prefix : {"xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-"}) {
    if (is_token(found, prefix, 24, is_word)) return true;
  }
  return false;
}

bool is_npm_token(const Found& found) {
  return is_token(found, "npm_", 36, is_alnum);
}
bool is_pypi_token(const Found& found) {
  return is_token(found, "pypi-AgE", 50, is_word);
}
bool is_gitlab_token(const Found& found) {
  return is_token(found, "glpat-", 20, is_word);
}
bool is_google_secret(const Found& found) {
  return is_token(found, "GOCSPX-", 24, is_word);
}
bool is_stripe_key(const Found& found) {
  return is_token(found, "sk_live_", 24, is_alnum) || is_token(found, "rk_live_", 24, is_alnum);
}

struct Kind {
  std::string_view begins;  // Two characters.
  bool (*is_one)(const Found&);
  std::string_view what;
};

constexpr std::array kKinds{
    Kind{"--", is_private_key, "a private key"},
    Kind{"AK", is_aws_key_pair, "an AWS access key with its secret"},
    Kind{"AS", is_aws_key_pair, "an AWS access key with its secret"},
    Kind{"aw", is_aws_secret_setting, "an AWS secret access key"},
    Kind{"AW", is_aws_secret_setting, "an AWS secret access key"},
    Kind{"gh", is_github_token, "a token of GitHub"},
    Kind{"gi", is_github_token, "a token of GitHub"},
    Kind{"gl", is_gitlab_token, "a token of GitLab"},
    Kind{"GO", is_google_secret, "a client secret of Google"},
    Kind{"xo", is_slack_token, "a token of Slack"},
    Kind{"np", is_npm_token, "a token of npm"},
    Kind{"py", is_pypi_token, "a token of PyPI"},
    Kind{"sk", is_stripe_key, "a key of Stripe"},
    Kind{"rk", is_stripe_key, "a key of Stripe"},
};

constexpr std::size_t pair_at(const char* text) {
  return static_cast<std::size_t>(static_cast<unsigned char>(text[0])) << 8U |
         static_cast<unsigned char>(text[1]);
}

// By two characters: whether any kind begins so. Nearly every byte needs no more than this.
constexpr auto kBeginnings = [] {
  std::array<std::uint8_t, 65536> all{};
  for (const Kind& kind : kKinds) all[pair_at(kind.begins.data())] = 1;
  return all;
}();

}  // namespace

std::string_view secret_in_text(std::string_view text, int& line, bool with_keys) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (kBeginnings[pair_at(text.data() + i)] == 0) [[likely]] {
      continue;
    }
    const Found found{text.substr(0, i), text.substr(i)};
    for (const Kind& kind : kKinds) {
      if (!found.text.starts_with(kind.begins) || !kind.is_one(found)) continue;
      if (kind.is_one == is_private_key && !with_keys) continue;
      line = 1 + static_cast<int>(std::ranges::count(found.before, '\n'));
      return kind.what;
    }
  }
  return {};
}

}  // namespace thimble::project
