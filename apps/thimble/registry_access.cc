#include "registry_access.h"

#include <optional>

#include <thimble/aws/ecr.h>
#include <thimble/aws/session.h>
#include <thimble/base/clock.h>
#include <thimble/fetch/client.h>

namespace thimble::cli {

struct RegistryAccess::Parts {
  SystemClock clock;
  std::optional<fetch::Client> http;
  std::optional<aws::Session> session;  // Opened when a registry of Amazon's is met.
  std::optional<registry::Client> registry;
};

RegistryAccess::RegistryAccess(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RegistryAccess::RegistryAccess(RegistryAccess&&) noexcept = default;
RegistryAccess::~RegistryAccess() = default;

Result<RegistryAccess> RegistryAccess::open(const Context& context) {
  auto parts = std::make_unique<Parts>();
  fetch::ClientOptions options;
  options.user_agent = "thimble/" THIMBLE_VERSION;
  options.ca_file = context.env().value_or("THIMBLE_CA_FILE", "");
  auto http = fetch::Client::open(std::move(options));
  if (!http) return fail(std::move(http.error()));
  parts->http = std::move(*http);

  const registry::EcrSource ecr = [raw = parts.get(), &env = context.env()](
                                      const aws::EcrHost& host) -> Result<registry::Credentials> {
    if (!raw->session) {
      auto session = aws::Session::open(env, raw->clock);
      if (!session) return fail(std::move(session.error()));
      raw->session.emplace(std::move(*session));
    }
    auto login = aws::ecr_login(*raw->session, host);
    if (!login) return fail(std::move(login.error()));
    return registry::Credentials{.username = std::move(login->user),
                                 .password = std::move(login->password),
                                 .identity_token = {}};
  };
  auto client = registry::Client::open(
      *parts->http, {.credentials = registry::credentials_of(context.env(), ecr)});
  if (!client) return fail(std::move(client.error()));
  parts->registry = std::move(*client);
  return RegistryAccess(std::move(parts));
}

registry::Client& RegistryAccess::registry() {
  return *parts_->registry;
}

}  // namespace thimble::cli
