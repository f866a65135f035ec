#include "answer.h"

#include <vector>

#include <thimble/aws/ecr.h>
#include <thimble/base/parse_number.h>
#include <thimble/json/reader.h>

#include "printable.h"

namespace thimble::registry {
namespace {

std::vector<ApiError> parse_api_errors(std::string_view body) {
  std::vector<ApiError> all;
  std::string scratch;
  json::Reader in(body, scratch);
  if (in.peek() != json::Token::kBeginObject) return {};
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key != "errors" || in.peek() != json::Token::kBeginArray) continue;
    in.enter_array();
    while (in.next_element()) {
      ApiError error;
      if (in.peek() != json::Token::kBeginObject) continue;
      in.enter_object();
      while (const auto name = in.next_key()) {
        if (in.peek() != json::Token::kString) continue;
        if (*name == "code")
          error.code = in.read_string();
        else if (*name == "message")
          error.message = in.read_string();
      }
      all.push_back(std::move(error));
    }
  }
  if (!in.finish()) return {};
  return all;
}

ErrorCode code_for(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorCode::kPermission;
    case 404:
      return ErrorCode::kNotFound;
    case 413:
      return ErrorCode::kLimit;
    case 429:
      return ErrorCode::kBusy;
    default:
      return status >= 500 ? ErrorCode::kIo : ErrorCode::kInvalid;
  }
}

std::string hint_for(const fetch::Response& response, const Asked& asked) {
  const auto amazon = aws::EcrHost::parse(asked.registry);
  const std::string login = amazon
                                ? "are the AWS credentials right, and may they use this registry?"
                                : "run: docker login " + std::string(asked.registry);
  if (response.status == 401) return login;
  if (response.status == 403) return "may you do this? else " + login;
  if (amazon && has_error(response, "NAME_UNKNOWN")) {
    return "run: aws ecr create-repository --repository-name " + std::string(asked.repository) +
           " --region " + amazon->region;
  }
  if (response.status == 429) {
    if (const auto wait = retry_after(response)) {
      return "it asks to wait for " + std::to_string(wait->count()) + " s";
    }
    return "too many requests: try again later";
  }
  if (response.status >= 300 && response.status < 400) return "it redirects, which is not followed";
  return {};
}

}  // namespace

std::optional<ApiError> parse_api_error(std::string_view body) {
  std::vector<ApiError> all = parse_api_errors(body);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

bool has_error(const fetch::Response& response, std::string_view code) {
  for (const ApiError& error : parse_api_errors(response.body)) {
    if (error.code == code) return true;
  }
  return false;
}

bool may_pass(const fetch::Response& response) {
  switch (response.status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

std::optional<std::chrono::seconds> retry_after(const fetch::Response& response) {
  const auto header = response.header("retry-after");
  if (!header || header->empty()) return std::nullopt;
  for (const char c : *header) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  // More digits than an int has are as good as never.
  constexpr int kNever = 1'000'000'000;
  return std::chrono::seconds(header->size() > 9 ? kNever
                                                 : parse_number<int>(*header).value_or(kNever));
}

Error describe(const fetch::Response& response, const Asked& asked) {
  std::string message = std::string(asked.method) + " " +
                        printable(response.url.substr(0, response.url.find('?'))) + ": " +
                        std::to_string(response.status);
  if (const auto error = parse_api_error(response.body)) {
    if (!error->code.empty()) message += " " + printable(error->code);
    if (!error->message.empty()) message += " (" + printable(error->message) + ")";
  } else if (!response.body.empty() && !response.body.starts_with('<')) {
    message += " (" + printable(response.body) + ")";
  }
  if (const std::string hint = hint_for(response, asked); !hint.empty()) message += "; " + hint;
  return Error{code_for(response.status), std::move(message)};
}

}  // namespace thimble::registry
