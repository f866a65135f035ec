#include "thimble/ric/identity.h"

#include <thimble/json/reader.h>

namespace thimble::ric {
namespace {

using json::Reader;
using json::Token;

std::string read_text(Reader& in) {
  if (in.peek() == Token::kString) return std::string(in.read_string());
  return std::string(in.skip_value());
}

void read_pairs(Reader& in, std::vector<std::pair<std::string, std::string>>& pairs) {
  if (in.read_null()) return;
  in.enter_object();
  while (auto key = in.next_key()) {
    std::string name(*key);
    pairs.emplace_back(std::move(name), read_text(in));
  }
}

}  // namespace

Result<CognitoIdentity> parse_cognito_identity(std::string_view json) {
  CognitoIdentity identity;
  if (json.empty()) return identity;
  std::string scratch;
  Reader in(json, scratch);
  in.enter_object();
  while (auto key = in.next_key()) {
    if (*key == "cognitoIdentityId") {
      identity.identity_id = read_text(in);
    } else if (*key == "cognitoIdentityPoolId") {
      identity.identity_pool_id = read_text(in);
    }
  }
  if (auto done = in.finish(); !done) {
    return fail(std::move(done.error()).during("read the Cognito identity"));
  }
  return identity;
}

Result<ClientContext> parse_client_context(std::string_view json) {
  ClientContext context;
  if (json.empty()) return context;
  std::string scratch;
  Reader in(json, scratch);
  in.enter_object();
  while (auto key = in.next_key()) {
    if (*key == "custom" || *key == "Custom") {
      read_pairs(in, context.custom);
    } else if (*key == "env") {
      read_pairs(in, context.env);
    } else if (*key == "client" && !in.read_null()) {
      in.enter_object();
      while (auto member = in.next_key()) {
        if (*member == "installation_id")
          context.client.installation_id = read_text(in);
        else if (*member == "app_title")
          context.client.app_title = read_text(in);
        else if (*member == "app_version_name")
          context.client.app_version_name = read_text(in);
        else if (*member == "app_version_code")
          context.client.app_version_code = read_text(in);
        else if (*member == "app_package_name")
          context.client.app_package_name = read_text(in);
      }
    }
  }
  if (auto done = in.finish(); !done) {
    return fail(std::move(done.error()).during("read the client context"));
  }
  return context;
}

}  // namespace thimble::ric
