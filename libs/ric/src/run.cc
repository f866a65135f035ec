#include "thimble/ric/run.h"

#include <thread>
#include <vector>

#include <thimble/ric/log.h>

#include "current_error.h"
#include "invoke_loop.h"
#include "local_run.h"
#include "log_request.h"
#include "settings.h"
#include "shutdown.h"

namespace thimble::ric {
namespace {

constexpr int kFailed = 1;
// What AWS's own clients exit with when a hook of SnapStart fails.
constexpr int kBeforeSnapshotFailed = 64;
constexpr int kAfterRestoreFailed = 65;

int report_init_error(const Endpoint& endpoint, const HandlerError& error, int exit_code) {
  log::write_error("init failed: ", error);
  RuntimeClient client(endpoint);
  if (const auto posted = client.post_init_error(error); !posted) {
    log::error(posted.error().message);
  }
  return exit_code;
}

// The error of a hook, under the name AWS has for it.
template <class Hook>
std::optional<HandlerError> call_hook(const Hook& hook, const char* type) {
  if (!hook) return std::nullopt;
  try {
    hook();
  } catch (...) {
    HandlerError error = current_error();
    error.message.insert(0, joined({error.type, ": "}));
    error.type = type;
    return error;
  }
  return std::nullopt;
}

// Lets Lambda take its snapshot. Returns an exit code if that, or a hook, failed.
std::optional<int> take_snapshot(const Endpoint& endpoint, const Hooks& hooks) {
  if (const auto error = call_hook(hooks.before_snapshot, "Runtime.BeforeSnapshotError")) {
    return report_init_error(endpoint, *error, kBeforeSnapshotFailed);
  }
  RuntimeClient client(endpoint);
  if (const auto restored = client.wait_for_restore(); !restored) {
    log::error(restored.error().message);
    return kFailed;
  }
  if (const auto error = call_hook(hooks.after_restore, "Runtime.AfterRestoreError")) {
    log::write_error({}, *error);
    if (const auto posted = client.post_restore_error(*error); !posted) {
      log::error(posted.error().message);
    }
    return kAfterRestoreFailed;
  }
  return std::nullopt;
}

class LambdaServer final : public detail::Server {
 public:
  LambdaServer(Endpoint endpoint, const Hooks& hooks)
      : endpoint_(std::move(endpoint)), hooks_(hooks) {}

  int fail(const HandlerError& error) noexcept override {
    return report_init_error(endpoint_, error, kFailed);
  }

  int serve(detail::Handler handler) noexcept override {
    if (hooks_.on_shutdown) {
      if (const auto watched = call_on_shutdown(endpoint_, hooks_.on_shutdown); !watched) {
        log::warn(watched.error().message);
      }
    }
    if (Settings::from_environment().is_snap_start) {
      if (const auto failed = take_snapshot(endpoint_, hooks_)) return *failed;
    }
    const Settings settings = Settings::from_environment();
    const bool is_alone = settings.concurrency == 1;
    std::vector<std::thread> others;
    for (int i = 1; i < settings.concurrency; ++i) {
      try {
        others.emplace_back([&] { InvokeLoop(endpoint_, handler, settings, is_alone).run(); });
      } catch (...) {  // no more threads, or no more memory: fewer invocations at a time
        log::warn("fewer invocations at a time than AWS_LAMBDA_MAX_CONCURRENCY says",
                  {{"concurrency", others.size() + 1}, {"reason", current_error().message}});
        break;
      }
    }
    InvokeLoop(endpoint_, handler, settings, is_alone).run();
    for (std::thread& other : others) other.join();
    if (hooks_.on_shutdown) let_hook_finish();
    return kFailed;
  }

 private:
  Endpoint endpoint_;
  const Hooks& hooks_;
};

class LocalServer final : public detail::Server {
 public:
  int fail(const HandlerError& error) noexcept override {
    log::write_error("init failed: ", error);
    return kFailed;
  }
  int serve(detail::Handler handler) noexcept override {
    return run_locally(handler, Settings::from_environment(), own_arguments());
  }
};

// Makes the server the environment asks for, and hands it over.
template <class Use>
int with_server(const Hooks& hooks, Use use) {
  log::start();
  const Settings settings = Settings::from_environment();
  if (settings.runtime_api.empty()) {
    LocalServer server;
    return use(server);
  }
  auto endpoint = Endpoint::parse(settings.runtime_api);
  if (!endpoint) {
    log::fatal(joined({"AWS_LAMBDA_RUNTIME_API: ", endpoint.error().message}));
    return 2;
  }
  LambdaServer server(*std::move(endpoint), hooks);
  return use(server);
}

}  // namespace

namespace detail {

int run(Handler handler, const Hooks& hooks) {
  return with_server(hooks, [&](Server& server) { return server.serve(handler); });
}

int run(Init init, const Hooks& hooks) {
  return with_server(hooks, [&](Server& server) {
    try {
      return init.call(init.object, server);
    } catch (...) {
      return server.fail(current_error());
    }
  });
}

}  // namespace detail

int fail_init(const HandlerError& error) {
  return with_server({}, [&](detail::Server& server) { return server.fail(error); });
}

}  // namespace thimble::ric
