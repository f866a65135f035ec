// Reads any bytes as a command line and an environment (c; an empty line is between them), as an
// address to listen on (a), as the origin of a web page and its Sec-Fetch-Site (o).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/env.h>
#include <thimble/emulator/options.h>
#include <thimble/http/address.h>

#include "check.h"
#include "origin.h"

namespace {

using namespace thimble;
using fuzz::check;

std::vector<std::string> lines_of(std::string_view bytes) {
  std::vector<std::string> lines(1);
  for (const char c : bytes) {
    if (c == '\n' || c == '\0') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  return pointers;
}

void check_options(std::string_view bytes) {
  const std::size_t blank = bytes.find("\n\n");
  const auto words = lines_of(bytes.substr(0, blank));
  const auto variables =
      lines_of(blank == std::string_view::npos ? std::string_view() : bytes.substr(blank + 2));
  auto environ_array = pointers_to(variables);
  environ_array.push_back(nullptr);
  const Env env = Env::from(environ_array.data());
  const auto options = emulator::parse_options(pointers_to(words), env);
  if (!options) {
    const std::string& message = options.error().message;
    const auto is_named = [&](const std::string& variable) {
      return message.starts_with(variable.substr(0, variable.find('=')));
    };
    check(message.starts_with("--") || std::ranges::any_of(variables, is_named),
          "an error names its flag or its variable");
    return;
  }
  check(options->command.size() <= words.size(), "no word is made up");
  check(options->queue_depth > 0 && options->max_headers > 0, "a limit is above zero");
}

void check_address(std::string_view bytes) {
  const auto address = http::parse_address(bytes);
  if (!address) {
    check(!address.error().message.empty(), "a refusal says why");
    return;
  }
  const auto again = http::parse_address(address->text());
  check(again && again->host == address->host && again->port == address->port,
        "what is written is read as it was");
}

bool is_one_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

void check_origin(std::string_view bytes) {
  const auto [origin, site] = fuzz::split_line(bytes);
  if (emulator::is_loopback_origin(origin)) {
    // scheme://host[:port] and nothing more: there is no place for somebody else's name.
    std::string_view rest = origin.substr(origin.find("://") + 3);
    if (rest.starts_with("[::1]")) {
      rest.remove_prefix(5);
    } else {
      const std::size_t end = std::min(rest.find(':'), rest.size());
      check(is_one_of(rest.substr(0, end),
                      "0123456789-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            "a host has a host's letters");
      rest.remove_prefix(end);
    }
    check(rest.empty() || (rest[0] == ':' && is_one_of(rest.substr(1), "0123456789")),
          "nothing but a port follows the host");
  }

  const emulator::OriginPolicy strict({});
  http::Request request;
  request.headers = {{"Origin", origin}, {"Sec-Fetch-Site", site}};
  const bool is_foreign = strict.is_foreign(request);
  check(is_foreign != emulator::is_loopback_origin(origin), "an origin beats Sec-Fetch-Site");
  std::ranges::reverse(request.headers);
  check(strict.is_foreign(request) == is_foreign, "the order of headers does not count");
  request.headers.push_back({"origin", "https://evil.example"});
  check(strict.is_foreign(request), "one foreign origin is enough");
  const emulator::OriginPolicy named({std::string(origin)});
  request.headers.pop_back();
  check(!named.is_foreign(request), "an origin that was named is let through");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [subject, bytes] = fuzz::input_of(data, size);
  if (subject == 'c') check_options(bytes);
  if (subject == 'a') check_address(bytes);
  if (subject == 'o') check_origin(bytes);
  return 0;
}
