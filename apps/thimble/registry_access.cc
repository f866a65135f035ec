#include "registry_access.h"

#include <optional>
#include <utility>

#include <thimble/aws/ecr.h>
#include <thimble/aws/session.h>
#include <thimble/base/clock.h>
#include <thimble/fetch/client.h>

namespace thimble::cli {

struct RegistryAccess::State {
  SystemClock clock;
  std::optional<fetch::Client> http;
  std::optional<registry::Client> client;
};

void add_registry_flags(CLI::App& verb, RegistryFlags& flags) {
  verb.add_option("--ca-file", flags.ca_file,
                  "Certificates to trust in place of the system's (or THIMBLE_CA_FILE)")
      ->type_name("FILE");
  verb.add_option("--plain-http", flags.plain_http,
                  "A registry, as host or host:port, to speak to without TLS; may be repeated")
      ->type_name("HOST")
      ->allow_extra_args(false);
  verb.add_option("--idle-timeout", flags.idle_seconds, "Give up when nothing moves for this long")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  verb.add_option("--attempts", flags.attempts, "How often to try what may work another time")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  verb.add_flag("-q,--quiet", flags.quiet, "Say nothing but errors");
}

Result<RegistryAccess> RegistryAccess::open(const Context& context, const RegistryFlags& flags) {
  auto state = std::make_unique<State>();
  const std::string ca_file = flags.ca_file.empty()
                                  ? std::string(context.env().value_or("THIMBLE_CA_FILE", ""))
                                  : flags.ca_file;
  auto http = fetch::Client::open({.user_agent = "thimble/" THIMBLE_VERSION,
                                   .ca_file = ca_file,
                                   .plain_http_hosts = flags.plain_http});
  if (!http) return fail(std::move(http.error()));
  state->http = std::move(*http);

  const auto ecr = [&env = context.env(), &clock = state->clock](
                       const aws::EcrHost& host) -> Result<registry::Credentials> {
    auto session = aws::Session::open(env, clock, {.region = host.region});
    if (!session) return fail(std::move(session.error()));
    auto login = aws::ecr_login(*session, host);
    if (!login) return fail(std::move(login.error()));
    return registry::Credentials{std::move(login->user), std::move(login->password), {}};
  };
  auto client = registry::Client::open(*state->http,
                                       {.credentials = registry::credentials_of(context.env(), ecr),
                                        .plain_http_hosts = flags.plain_http,
                                        .retry = {.attempts = flags.attempts},
                                        .idle_timeout = std::chrono::seconds(flags.idle_seconds)});
  if (!client) return fail(std::move(client.error()));
  state->client = std::move(*client);
  return RegistryAccess(std::move(state));
}

RegistryAccess::RegistryAccess(std::unique_ptr<State> state) : state_(std::move(state)) {}
RegistryAccess::RegistryAccess(RegistryAccess&&) noexcept = default;
RegistryAccess& RegistryAccess::operator=(RegistryAccess&&) noexcept = default;
RegistryAccess::~RegistryAccess() = default;

registry::Client& RegistryAccess::client() {
  return *state_->client;
}

}  // namespace thimble::cli
