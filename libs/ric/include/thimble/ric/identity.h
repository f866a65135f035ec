#pragma once
// What the mobile SDKs tell a function about who calls it.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::ric {

struct CognitoIdentity {
  std::string identity_id;
  std::string identity_pool_id;
};

// https://docs.aws.amazon.com/lambda/latest/dg/python-context.html names the members.
struct ClientContext {
  struct Client {
    std::string installation_id;
    std::string app_title;
    std::string app_version_name;
    std::string app_version_code;
    std::string app_package_name;
  };
  Client client;
  std::vector<std::pair<std::string, std::string>> custom;
  std::vector<std::pair<std::string, std::string>> env;
};

// Read Context::cognito_identity and Context::client_context; an empty text is an empty answer. A
// value that is no string is kept as its JSON.
[[nodiscard]] Result<CognitoIdentity> parse_cognito_identity(std::string_view json);
[[nodiscard]] Result<ClientContext> parse_client_context(std::string_view json);

}  // namespace thimble::ric
