#pragma once
// Where AWS's services are, and what their regions are called together.

#include <optional>
#include <string>
#include <string_view>

#include <thimble/aws/config.h>
#include <thimble/base/result.h>

namespace thimble::aws {

// A group of regions with accounts of its own.
struct Partition {
  std::string_view name;        // "aws", "aws-cn", "aws-us-gov": as in ARNs.
  std::string_view dns_suffix;  // "amazonaws.com"
  std::string_view dual_stack_dns_suffix;
  std::string_view global_region;  // Where its services without regions are.
};

// The partition of a region; an unknown one is of "aws".
[[nodiscard]] const Partition& partition_of(std::string_view region);

// Whether `region` is a host name's part, as all regions are; whatever is not must not become one.
[[nodiscard]] bool is_region(std::string_view region);

// Where a service is reached, and as what requests to it are signed.
struct Endpoint {
  std::string url;  // Without a slash at its end.
  std::string signing_service;
  std::string signing_region;
};

// Services go by their names in boto3: "ecr", "sts", "lambda", "iam", "apigatewayv2", "sso". What
// `config` says about endpoints, FIPS and dual stack counts.
[[nodiscard]] Result<Endpoint> endpoint_of(std::string_view service, std::string_view region,
                                           const Config& config);

}  // namespace thimble::aws
