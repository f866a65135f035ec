#include "entrypoint.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thimble::cli {
namespace {

constexpr std::string_view kEntrypoint = "/lambda-entrypoint";
constexpr std::string_view kTaskRoot = "var/task/";
constexpr std::string_view kBootstrap = "var/runtime/bootstrap";

std::string shell_word(std::string_view word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

// What an OS-only base starts, where one word is not all: it passes no arguments on. It has a
// shell, which its own script is for.
std::string bootstrap_script(const Handler& handler) {
  std::string script = "#!/bin/sh\nexec";
  for (std::size_t i = 0; i < handler.command.size(); ++i) {
    const std::string& word = handler.command[i];
    const bool is_handler = i + 1 == handler.command.size() && word == handler.name;
    script += is_handler ? " \"$_HANDLER\"" : " " + shell_word(word);
  }
  return script + "\n";
}

}  // namespace

Result<void> start_by_base(image::ImagePlan& plan, Handler& handler,
                           const project::Function& function, const BaseImage& base) {
  if (base.has_runtime()) {
    if (!function.command->words.empty()) {
      return fail(ErrorCode::kInvalid,
                  function.command.origin.where + ": base '" + base.name +
                      "' starts a runtime of its own and no command: name a handler instead, or "
                      "an OS-only base");
    }
    if (handler.name.empty()) {
      return fail(ErrorCode::kInvalid, "base '" + base.name +
                                           "' starts a handler of its own language and no "
                                           "program: use an OS-only base, or none");
    }
    plan.cmd = {handler.name};
    return {};
  }
  // OS-only: its script starts this, and wants an argument whatever it is.
  const std::string& program = handler.command.front();
  plan.cmd = {handler.name.empty() ? program.substr(program.rfind('/') + 1) : handler.name};
  if (handler.command.size() == 1 && program.starts_with('/')) {
    return handler.application.add(kBootstrap, {image::TreeEntry::Link{program}, 0777});
  }
  return handler.application.add_bytes(kBootstrap, bootstrap_script(handler), 0755);
}

void start(image::ImagePlan& plan, const Handler& handler, bool emulator) {
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd = handler.command;
  if (emulator) entrypoint.emplace_back(kEntrypoint);
  if (!handler.name.empty() && cmd.size() > 1 && cmd.back() == handler.name) {
    entrypoint.insert(entrypoint.end(), cmd.begin(), cmd.end() - 1);
    cmd = {handler.name};
  } else if (!emulator) {
    std::swap(entrypoint, cmd);
  }
  plan.entrypoint = std::move(entrypoint);
  if (!cmd.empty()) plan.cmd = std::move(cmd);
}

Result<void> check_command(const std::vector<std::string>& command,
                           const closure::FileView& image) {
  constexpr unsigned kByAnybody = 0001;
  if (command.empty() || command.front().find('/') == std::string::npos) return {};
  const std::string& program = command.front();
  const std::string path =
      program.starts_with('/') ? program.substr(1) : std::string(kTaskRoot) + program;
  const auto node = closure::follow(image, path);
  if (!node) {
    return fail(
        ErrorCode::kNotFound,
        "'" + program + "', which is to be started, is not in the image: see .dockerignore");
  }
  if (node->kind != closure::FileView::Kind::kFile) {
    return fail(ErrorCode::kInvalid, "'" + program + "', which is to be started, is no file");
  }
  if ((node->mode & kByAnybody) == 0) {
    return fail(ErrorCode::kInvalid, "'" + program +
                                         "', which is to be started, may not be executed: let it "
                                         "with 'chmod 755'");
  }
  return {};
}

}  // namespace thimble::cli
