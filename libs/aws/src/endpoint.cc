#include "thimble/aws/endpoint.h"

#include <algorithm>
#include <array>
#include <utility>

#include <thimble/fetch/url.h>

#include "text.h"

namespace thimble::aws {
namespace {

struct KnownPartition {
  std::string_view prefix;  // Of its regions.
  Partition partition;
};

constexpr Partition kAws = {"aws", "amazonaws.com", "api.aws", "us-east-1"};

constexpr std::array<KnownPartition, 7> kPartitions = {{
    {"cn-", {"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-north-1"}},
    {"us-gov-", {"aws-us-gov", "amazonaws.com", "api.aws", "us-gov-west-1"}},
    {"us-iso-", {"aws-iso", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"}},
    {"us-isob-", {"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"}},
    {"us-isof-", {"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1"}},
    {"eu-isoe-", {"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1"}},
    {"eusc-", {"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"}},
}};

// What is not as its name says: host, name in signatures, name in variables.
struct Service {
  std::string_view name;
  std::string_view host;
  std::string_view signing;
  std::string_view variable;
};

constexpr std::array<Service, 7> kServices = {{
    {"apigatewayv2", "apigateway", "apigateway", "APIGATEWAYV2"},
    {"apigateway", "apigateway", "apigateway", "API_GATEWAY"},
    {"ecr", "api.ecr", "ecr", "ECR"},
    {"logs", "logs", "logs", "CLOUDWATCH_LOGS"},
    {"sso", "portal.sso", "awsssoportal", "SSO"},
    {"stepfunctions", "states", "states", "SFN"},
    {"events", "events", "events", "EVENTBRIDGE"},
}};

std::string variable_of(std::string_view service) {
  std::string name = upper(service);
  std::ranges::replace(name, '-', '_');
  return name;
}

// IAM is one for a whole partition.
Endpoint iam_endpoint(const Partition& partition, bool fips, bool dual_stack) {
  const bool is_aws = partition.name == "aws";
  std::string host = fips && is_aws ? "iam-fips" : "iam";
  if (partition.name == "aws-us-gov") {
    host += ".us-gov";
  } else if (dual_stack) {
    host += is_aws ? ".global" : "." + std::string(partition.name) + "-global";
  } else if (!is_aws) {
    host += "." + std::string(partition.global_region);
  }
  host += ".";
  host += dual_stack ? partition.dual_stack_dns_suffix : partition.dns_suffix;
  return {.url = "https://" + host,
          .signing_service = "iam",
          .signing_region = std::string(partition.global_region)};
}

std::string host_of(const Service& service, std::string_view region, bool fips, bool dual_stack) {
  const Partition& partition = partition_of(region);
  std::string host(service.host);
  if (service.name == "ecr") {
    // "api.ecr", "ecr-fips", "ecr" with dual stack.
    if (fips) host = "ecr-fips";
    if (dual_stack) host = fips ? "ecr-fips" : "ecr";
  } else if (fips && !(partition.name == "aws-us-gov" && service.name == "sts")) {
    host += "-fips";
  }
  host.append(".").append(region).append(".");
  return host.append(dual_stack ? partition.dual_stack_dns_suffix : partition.dns_suffix);
}

}  // namespace

const Partition& partition_of(std::string_view region) {
  for (const KnownPartition& known : kPartitions) {
    if (region.starts_with(known.prefix)) return known.partition;
  }
  return kAws;
}

bool is_region(std::string_view region) {
  return !region.empty() && region.size() <= 63 && region.front() != '-' && region.back() != '-' &&
         region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             std::string_view::npos;
}

Result<Endpoint> endpoint_of(std::string_view service, std::string_view region,
                             const Config& config) {
  if (!is_region(region)) {
    return fail(ErrorCode::kInvalid, "'" + std::string(region.substr(0, 80)) +
                                         "' is not an AWS region, as 'eu-west-1' is");
  }
  const std::string variable = variable_of(service);
  Service known = {service, service, service, variable};
  for (const Service& candidate : kServices) {
    if (candidate.name == service) known = candidate;
  }

  Endpoint endpoint = {.url = {},
                       .signing_service = std::string(known.signing),
                       .signing_region = std::string(region)};
  const bool fips = config.is_on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
  const bool dual_stack = config.is_on("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
  if (service == "iam") {
    endpoint = iam_endpoint(partition_of(region), fips, dual_stack);
  } else {
    endpoint.url = "https://" + host_of(known, region, fips, dual_stack);
  }

  if (auto given = config.endpoint_url(known.variable)) {
    // A URL may hold a password; its error would show it.
    const auto url = fetch::Url::parse(*given);
    if (!url || !url->query.empty()) {
      return fail(ErrorCode::kInvalid, "the endpoint configured for '" + std::string(service) +
                                           "' is not an http: or https: URL; see "
                                           "AWS_ENDPOINT_URL_" +
                                           std::string(known.variable) +
                                           ", AWS_ENDPOINT_URL and endpoint_url");
    }
    endpoint.url = url->text;
    while (endpoint.url.ends_with('/')) endpoint.url.pop_back();
  }
  return endpoint;
}

}  // namespace thimble::aws
