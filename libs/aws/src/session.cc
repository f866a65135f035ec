#include "thimble/aws/session.h"

#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <thimble/fetch/url.h>

#include "chain.h"
#include "perform.h"
#include "providers.h"

namespace thimble::aws {
namespace {

// Credentials are replaced when they have no more than this left.
constexpr Seconds kExpiryWindow{300};

}  // namespace

struct Session::State {
  State(Config config_, World world_) : config(std::move(config_)), world(std::move(world_)) {}

  Config config;
  World world;
  std::mutex mutex;
  std::optional<Credentials> credentials;
};

fetch::ClientOptions client_options(const Config& config) {
  fetch::ClientOptions options;
  if (const auto bundle = config.setting("AWS_CA_BUNDLE", "ca_bundle")) options.ca_file = *bundle;
  // Link-local: they do not leave the machine.
  options.plain_http_hosts = {"169.254.169.254", "[fd00:ec2::254]", "169.254.170.2",
                              "169.254.170.23", "[fd00:ec2::23]"};
  std::vector<std::string> configured = config.endpoint_urls();
  configured.push_back(instance_metadata_endpoint(config));
  for (const std::string& text : configured) {
    const auto url = fetch::Url::parse(text);
    if (url && !url->is_https()) options.plain_http_hosts.push_back(url->authority());
  }
  return options;
}

Result<Session> Session::open(const Env& env, const Clock& clock, const ConfigOptions& options) {
  auto config = Config::load(env, options);
  if (!config) return fail(std::move(config.error()));
  auto client = fetch::Client::open(client_options(*config));
  if (!client) return fail(std::move(client.error()));
  auto shared = std::make_shared<fetch::Client>(*std::move(client));
  World world = {.clock = clock,
                 .send = [shared](const fetch::Request& request) { return shared->send(request); },
                 .sleep = [](Milliseconds time) { std::this_thread::sleep_for(time); }};
  return Session(*std::move(config), std::move(world));
}

Session::Session(Config config, World world)
    : state_(std::make_unique<State>(std::move(config), std::move(world))) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

const Config& Session::config() const {
  return state_->config;
}

Result<Credentials> Session::credentials() {
  const std::scoped_lock lock(state_->mutex);
  auto& kept = state_->credentials;
  const WallTime soon = state_->world.clock.wall() + kExpiryWindow;
  if (!kept || (kept->expires && *kept->expires <= soon)) {
    auto fresh = find_credentials(state_->world, state_->config);
    if (!fresh) return fail(std::move(fresh.error()));
    kept = *std::move(fresh);
  }
  return *kept;
}

Result<std::string> Session::region() const {
  auto region = state_->config.region();
  if (region) return *std::move(region);
  return fail(ErrorCode::kNotFound,
              "no AWS region: set AWS_REGION, or `aws configure set region "
              "eu-west-1 --profile " +
                  state_->config.profile() + "`");
}

Result<Answer> Session::call(const Call& call) {
  std::string region = call.region;
  if (region.empty()) {
    auto configured = this->region();
    if (!configured) return fail(std::move(configured.error()));
    region = *std::move(configured);
  }
  if (call.is_anonymous) return perform(state_->world, state_->config, call, nullptr, region);
  const auto keys = credentials();
  if (!keys) return fail(keys.error());
  return perform(state_->world, state_->config, call, &*keys, region);
}

Result<std::string> Session::call_body(const Call& call) {
  auto answer = this->call(call);
  if (!answer) return fail(std::move(answer.error()));
  if (answer->error) return fail(to_error(call, *answer->error));
  return std::move(answer->body);
}

}  // namespace thimble::aws
