#include "request_event.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include <thimble/base/base64.h>
#include <thimble/base/random_id.h>
#include <thimble/events/api_gateway_v2.h>

namespace thimble::cli {
namespace {

constexpr std::array<std::string_view, 7> kMethods{"GET",    "HEAD",  "POST",   "PUT",
                                                   "DELETE", "PATCH", "OPTIONS"};
constexpr std::string_view kDomain = "localhost";
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kDefaultHeaders{
    {{"accept", "*/*"}, {"host", kDomain}, {"user-agent", "thimble"}}};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent-decoded; what is no escape stays. In a query, '+' is a space.
std::string decode(std::string_view text, bool query) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += query && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// As RFC 3629 has it: neither surrogates, nor longer forms than needed, nor beyond U+10FFFF.
bool is_utf8(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = at(i);
    const unsigned second = at(i + 1);
    if (lead >= 0x80 && (lead < 0xc2 || lead > 0xf4)) return false;
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return false;
    if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return false;
    const std::size_t more = lead < 0x80 ? 0 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((at(i + k) & 0xc0U) != 0x80U) return false;
    }
    i += more + 1;
  }
  return true;
}

void add_joined(auto& map, const std::string& name, const std::string& value) {
  const std::string* before = map.find(name);
  map.set(name, before == nullptr ? value : *before + "," + value);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// "12/Mar/2020:19:03:58 +0000"
std::string clf_time(std::time_t seconds) {
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%d/%b/%Y:%H:%M:%S +0000", &parts)};
}

Result<void> add_headers(const std::vector<std::string>& headers,
                         events::ApiGatewayV2Request& event) {
  for (const std::string& header : headers) {
    const std::size_t colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      return fail(ErrorCode::kInvalid, "header '" + header + "' is not like 'Name: value'");
    }
    const std::string name = lower(header.substr(0, colon));
    const std::size_t value = header.find_first_not_of(' ', colon + 1);
    const std::string text = value == std::string::npos ? "" : header.substr(value);
    if (name == "cookie") {
      for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        if (end > 0) event.cookies.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(rest.find_first_not_of("; ", end), rest.size()));
      }
    } else {
      add_joined(event.headers, name, text);
    }
  }
  return {};
}

void add_query(std::string_view query, events::ApiGatewayV2Request& event) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (!pair.empty()) {
      add_joined(event.query_string_parameters, decode(pair.substr(0, equals), true),
                 decode(pair.substr(std::min(equals + 1, pair.size())), true));
    }
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
}

}  // namespace

bool is_request_line(std::string_view text) {
  return std::any_of(kMethods.begin(), kMethods.end(), [&](std::string_view method) {
    return text.starts_with(method) && text.substr(method.size()).starts_with(" /");
  });
}

Result<std::string> request_event(const RequestText& request) {
  const std::size_t space = request.line.find(' ');
  std::string_view target = request.line.substr(std::min(space + 1, request.line.size()));
  if (!is_request_line(request.line) || target.find(' ') != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "request '" + std::string(request.line) +
                                         "' is not like 'GET /hello?name=Chris' (a space is %20)");
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  events::ApiGatewayV2Request event;
  event.route_key = "$default";
  event.raw_path = decode(target.substr(0, question), false);
  event.raw_query_string = target.substr(std::min(question + 1, target.size()));
  add_query(event.raw_query_string, event);
  if (auto added = add_headers(request.headers, event); !added) return fail(added.error());
  for (const auto& [name, value] : kDefaultHeaders) {
    if (!event.headers.contains(name)) event.headers.set(std::string(name), std::string(value));
  }
  if (is_utf8(request.body)) {
    event.body = request.body;
  } else {
    event.body = base64_encode(request.body);
    event.is_base64_encoded = true;
  }

  const auto since = request.now.time_since_epoch();
  auto& context = event.request_context;
  context.account_id = "123456789012";
  context.api_id = "local";
  context.domain_name = kDomain;
  context.domain_prefix = kDomain;
  context.http = {.method = std::string(request.line.substr(0, space)),
                  .path = event.raw_path,
                  .protocol = "HTTP/1.1",
                  .source_ip = "127.0.0.1",
                  .user_agent = std::string(event.headers.get("user-agent"))};
  context.request_id = RandomIds().uuid();
  context.route_key = event.route_key;
  context.stage = "$default";
  context.time = clf_time(std::chrono::duration_cast<std::chrono::seconds>(since).count());
  context.time_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  std::string json;
  event.to_json(json);
  return json;
}

}  // namespace thimble::cli
