#include "extensions.h"

#include <algorithm>
#include <utility>

#include "thimble/json/writer.h"
#include "thimble/wire/extensions_api.h"

#include "extension_files.h"
#include "sandbox_names.h"

namespace thimble::emulator {
namespace {

std::string_view text_of(ShutdownReason reason) {
  switch (reason) {
    case ShutdownReason::kSpindown:
      return "spindown";
    case ShutdownReason::kTimeout:
      return "timeout";
    case ShutdownReason::kFailure:
      return "failure";
  }
  return "";
}

// The runtime's variables without those that are only its own.
Env extension_env(const Env& own, const Function& function, const std::string& runtime_api) {
  Env env = runtime_env(own, function, runtime_api);
  std::vector<std::string> hidden{"AWS_XRAY_CONTEXT_MISSING"};
  for (const std::string& entry : env.entries()) {
    if (entry.starts_with('_')) hidden.push_back(entry.substr(0, entry.find('=')));
  }
  for (const std::string& name : hidden) env.erase(name);
  return env;
}

}  // namespace

Result<void> Extensions::start(const std::string& runtime_api, const Confinement& confinement) {
  open_registration();
  const std::string& folder = context_.function.extensions_folder;
  const auto files = extension_files(folder);
  if (!files) {
    const std::string text = "The extension's directory \"" + folder +
                             "\" does not exist, assuming no extensions to be loaded.";
    context_.bus.publish(Notice{.level = Notice::Level::kInfo, .message = text});
    return {};
  }
  if (files->size() > wire::kMaxExtensions) {
    return fail(ErrorCode::kLimit, std::to_string(files->size()) + " extensions in \"" + folder +
                                       "\", at most " + std::to_string(wire::kMaxExtensions) +
                                       " are allowed");
  }
  if (!files->empty()) add_sandbox_names();
  const auto env = extension_env(context_.env, context_.function, runtime_api).entries();
  for (const std::string& file : *files) {
    auto extension =
        std::make_unique<Extension>(file.substr(file.rfind('/') + 1), context_.ids.uuid(), *this);
    auto started =
        extension->start(context_.loop, context_.children,
                         {.file = file,
                          .argv = {file},
                          .env = env,
                          .working_directory = context_.function.command.working_directory,
                          .inherited = context_.inherited,
                          .confinement = confinement});
    if (!started) return started;
    extensions_.push_back(std::move(extension));
  }
  return {};
}

bool Extensions::has_external() const {
  return std::ranges::any_of(extensions_, [](const auto& each) { return each->is_external(); });
}

bool Extensions::all_registered() const {
  return std::ranges::none_of(
      extensions_, [](const auto& each) { return each->state == ExtensionState::kStarted; });
}

bool Extensions::all_ready() const {
  return std::ranges::all_of(
      extensions_, [](const auto& each) { return each->state == ExtensionState::kReady; });
}

bool Extensions::has_processes() const {
  return std::ranges::any_of(extensions_, [](const auto& each) { return each->is_running(); });
}

Extension* Extensions::find_by_name(std::string_view name) {
  const auto found =
      std::ranges::find_if(extensions_, [&](const auto& each) { return each->name() == name; });
  return found == extensions_.end() ? nullptr : found->get();
}

const Extension* Extensions::find(std::string_view identifier) const {
  const auto found = std::ranges::find_if(extensions_, [&](const auto& each) {
    return each->identifier() == identifier && each->state != ExtensionState::kStarted;
  });
  return found == extensions_.end() ? nullptr : found->get();
}

std::optional<std::string_view> Extensions::extension_name(std::string_view identifier) const {
  const Extension* const extension = find(identifier);
  if (extension == nullptr) return std::nullopt;
  return extension->name();
}

void Extensions::invoke(const InvokeEvent& event) {
  for (const auto& extension : extensions_) {
    if (!extension->wants_invoke) continue;
    std::string text;
    json::Writer writer(text, {.html_safe = true});
    writer.begin_object().key("eventType").string("INVOKE");
    writer.key("deadlineMs").raw(event.deadline_ms);
    writer.key("requestId").string(event.request_id);
    writer.key("invokedFunctionArn").string(event.arn);
    writer.key("tracing").begin_object().key("type").string("X-Amzn-Trace-Id");
    writer.key("value").string(event.trace_id).end_object().end_object();
    extension->state = ExtensionState::kRunning;
    extension->give(std::move(text), event_id());
  }
}

void Extensions::shut_down(ShutdownReason reason, WallTime deadline) {
  is_shutting_down_ = true;
  is_registration_open_ = false;
  const auto deadline_ms =
      std::chrono::duration_cast<Milliseconds>(deadline.time_since_epoch()).count();
  for (const auto& extension : extensions_) {
    if (!extension->is_running()) continue;
    if (!extension->wants_shutdown) {
      context_.bus.publish(ProcessKilled{.name = extension->name(), .pid = extension->pid()});
      extension->kill();
      continue;
    }
    std::string text;
    json::Writer writer(text);
    writer.begin_object()
        .key("eventType")
        .string("SHUTDOWN")
        .key("deadlineMs")
        .integer(deadline_ms);
    writer.key("shutdownReason").string(text_of(reason)).end_object();
    extension->give(std::move(text), event_id());
  }
  if (!has_processes()) listener_.on_extensions_stopped();
}

void Extensions::kill() {
  for (const auto& extension : extensions_) {
    if (!extension->is_running()) continue;
    context_.bus.publish(ProcessKilled{.name = extension->name(), .pid = extension->pid()});
    extension->kill();
  }
}

void Extensions::clear() {
  extensions_.clear();
  is_registration_open_ = false;
  is_shutting_down_ = false;
}

void Extensions::resume_output() {
  for (const auto& extension : extensions_) extension->resume_output();
}

void Extensions::drain_output() {
  for (const auto& extension : extensions_) extension->drain_output();
}

bool Extensions::on_extension_output(std::string_view name, std::string_view bytes) {
  context_.bus.publish(ExtensionOutput{.name = name, .bytes = bytes});
  return listener_.has_room_for_output();
}

void Extensions::on_extension_exit(std::string_view name, const Exit& exit) {
  if (is_shutting_down_) {
    context_.bus.publish(ProcessExited{.name = name, .how = exit.text(), .error_type = {}});
    if (!has_processes()) listener_.on_extensions_stopped();
    return;
  }
  const Extension* extension = find_by_name(name);
  const bool has_told_init_error =
      extension != nullptr && extension->state == ExtensionState::kInitError;
  const std::string_view type =
      has_told_init_error ? wire::kExtensionInitErrorType : wire::kExtensionExitErrorType;
  context_.bus.publish(ProcessExited{.name = name, .how = exit.text(), .error_type = type});
  listener_.on_extension_failed(type, exit.text());
}

}  // namespace thimble::emulator
