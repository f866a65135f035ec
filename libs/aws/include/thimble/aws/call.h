#pragma once
// One call of an AWS API: what is asked, and what the service answers.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/fetch/client.h>

namespace thimble::aws {

// A request to a service, before it has an address and a signature.
struct Call {
  std::string service;      // As in `endpoint`: "ecr", "sts", "lambda".
  std::string operation;    // Its name, for error messages: "GetAuthorizationToken".
  std::string region = {};  // Empty: the session's.
  std::string method = "POST";
  std::string path = "/";  // Percent-encoded.
  std::string query = {};  // Percent-encoded, without the question mark.
  std::vector<fetch::Header> headers = {};
  std::string body = {};
  bool is_anonymous = false;  // Not signed.
};

// In the protocol "JSON 1.1" (ECR, ECS): `target` is "AmazonEC2ContainerRegistry_V20150921.X", and
// X the operation.
[[nodiscard]] Call json_call(std::string_view service, std::string_view target, std::string body);

// In the protocol "query" (STS, IAM), which is answered in XML. The parameters are encoded here.
[[nodiscard]] Call query_call(std::string_view service, std::string_view version,
                              std::string_view operation,
                              const std::vector<std::pair<std::string, std::string>>& parameters);

// In the protocol "REST-JSON" (Lambda): "PUT", "/2015-03-31/functions/hello/code".
[[nodiscard]] Call rest_call(std::string_view service, std::string_view operation,
                             std::string_view method, std::string_view path, std::string body = {});

// Why a service refused.
struct ServiceError {
  int status = 0;
  std::string code = {};        // "RepositoryNotFoundException"; empty if it did not say.
  std::string message = {};     // Without control characters.
  std::string request_id = {};  // Empty if it did not say.

  // Whether the service was too busy, or broken for a moment: what is worth another try.
  [[nodiscard]] bool is_throttling() const;
  [[nodiscard]] bool is_transient() const;
};

// What came back.
struct Answer {
  int status = 0;
  std::vector<fetch::Header> headers = {};
  std::string body = {};
  std::optional<ServiceError> error = {};  // Set exactly if the status is not 2xx.
};

// The error an answer is for a caller that does not branch on its code, as "ecr
// GetAuthorizationToken: AccessDeniedException: ... (request 1234)".
[[nodiscard]] Error to_error(const Call& call, const ServiceError& error);

}  // namespace thimble::aws
