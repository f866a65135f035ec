#include "thimble/aws/call.h"

#include <algorithm>
#include <array>

#include <thimble/fetch/url.h>

namespace thimble::aws {
namespace {

// Codes by which services say that they are asked too often: AWS's "Retry behavior" guide.
constexpr std::array<std::string_view, 14> kThrottling = {"Throttling",
                                                          "ThrottlingException",
                                                          "ThrottledException",
                                                          "RequestThrottledException",
                                                          "TooManyRequestsException",
                                                          "ProvisionedThroughputExceededException",
                                                          "TransactionInProgressException",
                                                          "RequestLimitExceeded",
                                                          "BandwidthLimitExceeded",
                                                          "LimitExceededException",
                                                          "RequestThrottled",
                                                          "SlowDown",
                                                          "PriorRequestNotComplete",
                                                          "EC2ThrottledException"};

ErrorCode code_of(const ServiceError& error) {
  if (error.is_throttling()) return ErrorCode::kLimit;
  if (error.code.find("NotFound") != std::string::npos || error.status == 404) {
    return ErrorCode::kNotFound;
  }
  if (error.code.find("AlreadyExists") != std::string::npos || error.status == 409) {
    return ErrorCode::kBusy;
  }
  if (error.status == 401 || error.status == 403 || error.code.starts_with("AccessDenied") ||
      error.code.find("Signature") != std::string::npos ||
      error.code.find("Token") != std::string::npos) {
    return ErrorCode::kPermission;
  }
  return error.status >= 500 ? ErrorCode::kIo : ErrorCode::kInvalid;
}

}  // namespace

Call json_call(std::string_view service, std::string_view target, std::string body) {
  Call call = {.service = std::string(service),
               .operation = std::string(target.substr(target.rfind('.') + 1))};
  call.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                  {"X-Amz-Target", std::string(target)}};
  call.body = std::move(body);
  return call;
}

Call query_call(std::string_view service, std::string_view version, std::string_view operation,
                const std::vector<std::pair<std::string, std::string>>& parameters) {
  Call call = {.service = std::string(service), .operation = std::string(operation)};
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  call.body = "Action=" + fetch::percent_encode(operation);
  call.body += "&Version=" + fetch::percent_encode(version);
  for (const auto& [name, value] : parameters) {
    call.body += "&" + fetch::percent_encode(name) + "=" + fetch::percent_encode(value);
  }
  return call;
}

Call rest_call(std::string_view service, std::string_view operation, std::string_view method,
               std::string_view path, std::string body) {
  Call call = {.service = std::string(service),
               .operation = std::string(operation),
               .method = std::string(method),
               .path = std::string(path)};
  if (!body.empty()) call.headers = {{"Content-Type", "application/json"}};
  call.body = std::move(body);
  return call;
}

bool ServiceError::is_throttling() const {
  return status == 429 || std::ranges::find(kThrottling, code) != kThrottling.end();
}

bool ServiceError::is_transient() const {
  return status == 500 || status == 502 || status == 503 || status == 504 ||
         code == "RequestTimeout" || code == "RequestTimeoutException" ||
         code == "IDPCommunicationError";
}

Error to_error(const Call& call, const ServiceError& error) {
  std::string text = call.service + " " + call.operation + ": ";
  text += error.code.empty() ? "status " + std::to_string(error.status) : error.code;
  if (!error.message.empty()) text += ": " + error.message;
  if (!error.request_id.empty()) text += " (request " + error.request_id + ")";
  if (error.code == "ExpiredToken" || error.code == "ExpiredTokenException") {
    text += "; the credentials have expired: get new ones, or `aws sso login`";
  }
  return {code_of(error), std::move(text)};
}

}  // namespace thimble::aws
