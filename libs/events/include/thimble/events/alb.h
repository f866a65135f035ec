#pragma once
// Application Load Balancers with a Lambda target.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html

#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/events/flat_map.h>
#include <thimble/events/http_body.h>

namespace thimble::events {

struct AlbElb {
  std::string target_group_arn{};

  bool operator==(const AlbElb&) const = default;
};

struct AlbRequestContext {
  AlbElb elb{};

  bool operator==(const AlbRequestContext&) const = default;
};

// The members with several values are there, and the other two are not, if the target group has
// lambda.multi_value_headers.enabled; the response must be of the same kind.
struct AlbRequest {
  AlbRequestContext request_context{};
  std::string http_method{};
  std::string path{};
  StringMap query_string_parameters{};  // As they were sent, not decoded.
  StringsMap multi_value_query_string_parameters{};
  Headers headers{};  // In lower case.
  MultiValueHeaders multi_value_headers{};
  std::string body{};  // Text or base64: see `decoded_body`.
  bool is_base64_encoded = false;

  [[nodiscard]] static Result<AlbRequest> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const AlbRequest&) const = default;
};

struct AlbResponse {
  int status_code = 200;
  std::string status_description{};  // "200 OK"
  Headers headers{};
  MultiValueHeaders multi_value_headers{};
  std::string body{};
  bool is_base64_encoded = false;

  [[nodiscard]] static Result<AlbResponse> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const AlbResponse&) const = default;
};

}  // namespace thimble::events
