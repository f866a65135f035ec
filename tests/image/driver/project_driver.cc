// Builds the function in a folder and prints, as JSON, what would go into an image:
//   project_driver FOLDER [--platform P] [--environment NAME] [--function NAME]
//   [KEY=VALUE...]
// With --describe it builds nothing and prints all settings, [value, who said it] by key.
// What the tools write goes to stderr. An error is printed there too, with exit code 1.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/env.h>
#include <thimble/image/digest.h>
#include <thimble/json/writer.h>
#include <thimble/project/config.h>
#include <thimble/project/secrets.h>
#include <thimble/project/toolchain.h>

extern char** environ;

namespace {

using namespace thimble;

void write_tree(const image::Tree& tree, json::Writer& out) {
  out.begin_object();
  for (const auto& [path, entry] : tree.entries()) {
    if (entry.is_folder()) continue;
    out.key(path);
    if (const auto* link = std::get_if<image::TreeEntry::Link>(&entry.what)) {
      out.string("-> " + link->target);
      continue;
    }
    const auto bytes = entry.read();
    out.string(bytes ? image::Digest::of(*bytes).hex() + (entry.mode & 1U ? " x" : "") : "?");
  }
  out.end_object();
}

std::string describe(const project::Artifact& artifact,
                     const std::vector<project::Secret>& secrets) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("language").string(project::name_of(artifact.language));
  out.key("handler").string(artifact.handler);
  out.key("command").begin_array();
  for (const std::string& word : artifact.command) out.string(word);
  out.end_array();
  out.key("interpreter").string(artifact.interpreter);
  out.key("interpreter_file").string(artifact.interpreter_file.string());
  out.key("lock").string(artifact.lock.string());
  out.key("has_runtime_client").boolean(artifact.has_runtime_client);
  out.key("executables").begin_object();
  for (const auto& executable : artifact.executables) {
    out.key(executable.path).string(executable.source.string());
  }
  out.end_object();
  out.key("events").begin_array();
  for (const auto& event : artifact.events) out.string(event.name);
  out.end_array();
  out.key("notes").begin_array();
  for (const std::string& note : artifact.notes) out.string(note);
  out.end_array();
  out.key("secrets").begin_array();
  for (const auto& secret : secrets) out.string(secret.path);
  out.end_array();
  out.key("application");
  write_tree(artifact.application, out);
  out.key("dependencies");
  write_tree(artifact.dependencies, out);
  out.end_object();
  return text;
}

void print_settings(const project::Project& project) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  for (const auto& setting : project::describe(project)) {
    out.key(setting.key).begin_array().string(setting.value).string(setting.origin.str());
    out.end_array();
  }
  out.end_object();
  std::printf("%s\n", text.c_str());
}

int refuse(const Error& error) {
  std::fprintf(stderr, "refused: %s\n", error.message.c_str());
  return 1;
}

int run(const std::vector<std::string>& words) {
  const Env env = Env::from(environ);
  std::string platform = "linux/amd64";
  std::string function_name;
  bool describes = false;
  project::LoadOptions load{.folder = words.at(0), .env = env};
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--platform") {
      platform = words.at(++i);
    } else if (word == "--environment") {
      load.environment = words.at(++i);
    } else if (word == "--describe") {
      describes = true;
    } else if (word == "--function") {
      function_name = words.at(++i);
    } else {
      const std::size_t equals = word.find('=');
      load.flags.push_back({word.substr(0, equals), word.substr(equals + 1), "--" + word});
    }
  }
  const auto project = project::load(load);
  if (!project) return refuse(project.error());
  if (describes) {
    print_settings(*project);
    return 0;
  }
  const auto function = project->find_function(function_name);
  if (!function) return refuse(function.error());
  const auto parsed = image::Platform::parse(platform);
  if (!parsed) return refuse(parsed.error());
  const auto artifact = project::build({
      .project = *project,
      .function = **function,
      .env = env,
      .platform = *parsed,
      .show = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); },
  });
  if (!artifact) return refuse(artifact.error());
  auto secrets = project::find_secrets(artifact->application);
  const auto more = project::find_secrets_in_packages(artifact->dependencies);
  if (!secrets || !more) return refuse(secrets ? more.error() : secrets.error());
  secrets->insert(secrets->end(), more->begin(), more->end());
  std::printf("%s\n", describe(*artifact, *secrets).c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    std::fputs("usage: project_driver FOLDER [OPTION...] [KEY=VALUE...]\n", stderr);
    return 2;
  }
  return run(words);
}
