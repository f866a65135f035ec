#include "thimble/image/image_config.h"

#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

#include "json_text.h"

namespace thimble::image {
namespace {

constexpr std::size_t kMaxText = std::size_t{8} << 20;

// "exposedPorts" and "volumes" are objects whose values are empty objects: Go's way of a set.
std::vector<std::string> read_set(json::Reader& in) {
  std::vector<std::string> names;
  in.enter_object();
  while (const auto key = in.next_key()) names.emplace_back(*key);
  return names;
}

void write_set(json::Writer& out, const std::vector<std::string>& names) {
  out.begin_object();
  for (const std::string& name : names) out.key(name).begin_object().end_object();
  out.end_object();
}

void read_container(json::Reader& in, ImageConfig& config) {
  in.enter_object();
  while (const auto name = in.next_key()) {
    const std::string key(*name);
    if (in.read_null()) continue;
    if (key == "User")
      config.user = in.read_string();
    else if (key == "Env")
      config.env = read_strings(in);
    else if (key == "Entrypoint")
      config.entrypoint = read_strings(in);
    else if (key == "Cmd")
      config.cmd = read_strings(in);
    else if (key == "WorkingDir")
      config.working_dir = in.read_string();
    else if (key == "Labels")
      config.labels = read_map(in);
    else if (key == "ExposedPorts")
      config.exposed_ports = read_set(in);
    else if (key == "Volumes")
      config.volumes = read_set(in);
    else if (key == "StopSignal")
      config.stop_signal = in.read_string();
    else
      config.other[key] = in.skip_value();
  }
}

History read_history(json::Reader& in) {
  History step;
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key == "created")
      step.created = in.read_string();
    else if (*key == "created_by")
      step.created_by = in.read_string();
    else if (*key == "author")
      step.author = in.read_string();
    else if (*key == "comment")
      step.comment = in.read_string();
    else if (*key == "empty_layer")
      step.empty_layer = in.read_bool();
  }
  return step;
}

// `problem` gets what is wrong with a diffID.
std::vector<Digest> read_diff_ids(json::Reader& in, std::string& problem) {
  std::vector<Digest> all;
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key != "diff_ids" || in.read_null()) continue;
    in.enter_array();
    while (in.next_element()) {
      auto digest = Digest::parse(in.read_string());
      if (digest)
        all.push_back(std::move(*digest));
      else if (problem.empty())
        problem = std::move(digest.error().message);
    }
  }
  return all;
}

void write_container(json::Writer& out, const ImageConfig& config) {
  out.begin_object();
  if (!config.user.empty()) out.key("User").string(config.user);
  if (!config.exposed_ports.empty()) write_set(out.key("ExposedPorts"), config.exposed_ports);
  if (!config.env.empty()) write_strings(out.key("Env"), config.env);
  if (config.entrypoint) write_strings(out.key("Entrypoint"), *config.entrypoint);
  if (config.cmd) write_strings(out.key("Cmd"), *config.cmd);
  if (!config.volumes.empty()) write_set(out.key("Volumes"), config.volumes);
  if (!config.working_dir.empty()) out.key("WorkingDir").string(config.working_dir);
  if (!config.labels.empty()) write_map(out.key("Labels"), config.labels);
  if (!config.stop_signal.empty()) out.key("StopSignal").string(config.stop_signal);
  for (const auto& [name, value] : config.other) out.key(name).raw(value);
  out.end_object();
}

void write_history(json::Writer& out, const std::vector<History>& history) {
  out.begin_array();
  for (const History& step : history) {
    out.begin_object();
    if (!step.created.empty()) out.key("created").string(step.created);
    if (!step.author.empty()) out.key("author").string(step.author);
    if (!step.created_by.empty()) out.key("created_by").string(step.created_by);
    if (!step.comment.empty()) out.key("comment").string(step.comment);
    if (step.empty_layer) out.key("empty_layer").boolean(true);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

Result<ImageConfig> ImageConfig::parse(std::string_view text) {
  if (text.size() > kMaxText) return fail(ErrorCode::kLimit, "read image config: more than 8 MiB");
  ImageConfig config;
  config.platform.os.clear();
  std::string scratch;
  std::string problem;
  json::Reader in(text, scratch);
  in.enter_object();
  while (const auto name = in.next_key()) {
    const std::string key(*name);
    if (in.read_null()) continue;
    if (key == "created")
      config.created = in.read_string();
    else if (key == "author")
      config.author = in.read_string();
    else if (key == "architecture")
      config.platform.architecture = in.read_string();
    else if (key == "os")
      config.platform.os = in.read_string();
    else if (key == "variant")
      config.platform.variant = in.read_string();
    else if (key == "os.version")
      config.os_version = in.read_string();
    else if (key == "config")
      read_container(in, config);
    else if (key == "rootfs")
      config.diff_ids = read_diff_ids(in, problem);
    else if (key == "history") {
      in.enter_array();
      while (in.next_element()) config.history.push_back(read_history(in));
    }
  }
  if (auto done = in.finish(); !done) {
    return fail(std::move(done.error()).during("read image config"));
  }
  if (!problem.empty()) return fail(ErrorCode::kInvalid, "read image config: " + problem);
  return config;
}

std::string ImageConfig::serialize() const {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  if (!created.empty()) out.key("created").string(created);
  if (!author.empty()) out.key("author").string(author);
  out.key("architecture").string(platform.architecture);
  out.key("os").string(platform.os);
  if (!os_version.empty()) out.key("os.version").string(os_version);
  if (!platform.variant.empty()) out.key("variant").string(platform.variant);
  write_container(out.key("config"), *this);
  out.key("rootfs").begin_object().key("type").string("layers").key("diff_ids").begin_array();
  for (const Digest& diff_id : diff_ids) out.string(diff_id.str());
  out.end_array().end_object();
  write_history(out.key("history"), history);
  out.end_object();
  return text;
}

void ImageConfig::set_env(std::string_view name, std::string_view value) {
  const std::string entry = std::string(name) + "=" + std::string(value);
  for (std::string& existing : env) {
    if (existing.starts_with(entry.substr(0, name.size() + 1))) {
      existing = entry;
      return;
    }
  }
  env.push_back(entry);
}

std::optional<std::string_view> ImageConfig::find_env(std::string_view name) const {
  for (const std::string& entry : env) {
    const std::string_view text = entry;
    if (text.starts_with(name) && text.substr(name.size()).starts_with('=')) {
      return text.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

}  // namespace thimble::image
