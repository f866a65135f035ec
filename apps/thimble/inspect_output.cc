#include <algorithm>

#include <thimble/json/writer.h>

#include "inspect_report.h"
#include "progress.h"

namespace thimble::cli {
namespace {

using image::printable;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string right(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string line(std::string_view name, const std::string& value) {
  return value.empty() ? std::string() : padded(std::string(name), 12) + value + "\n";
}

// As one would write it in a Dockerfile.
std::string quoted_list(const std::vector<std::string>& words) {
  if (words.empty()) return {};
  std::string text;
  json::Writer out(text, {.spaced = true});
  out.begin_array();
  for (const std::string& word : words) out.string(word);
  out.end_array();
  return printable(text);
}

std::string signed_size(std::int64_t bytes) {
  const auto size = static_cast<std::uint64_t>(bytes < 0 ? -bytes : bytes);
  return (bytes < 0 ? "-" : "+") + human_size(size);
}

void write_strings(json::Writer& out, const std::vector<std::string>& all) {
  out.begin_array();
  for (const std::string& text : all) out.string(text);
  out.end_array();
}

void write_changes(json::Writer& out, const std::vector<Change>& changes) {
  out.begin_array();
  for (const Change& change : changes) {
    out.begin_object();
    out.key("change").string(change.what).key("path").string(change.path);
    if (!change.before.empty()) out.key("before").string(change.before);
    if (!change.after.empty()) out.key("after").string(change.after);
    out.key("bytes").integer(change.bytes).end_object();
  }
  out.end_array();
}

}  // namespace

std::string to_text(const Report& report) {
  std::string text = line("Digest", report.digest) + line("Platform", printable(report.platform)) +
                     line("Size", human_size(report.compressed) + " compressed, " +
                                      human_size(report.unpacked) + " unpacked");
  text += line("Entrypoint", quoted_list(report.entrypoint)) + line("Cmd", quoted_list(report.cmd));
  text += line("User", printable(report.user)) + line("Workdir", printable(report.working_dir));
  for (const Variable& variable : report.env) {
    text += line("Env", printable(variable.name) + "=" +
                            (variable.secret ? "(hidden)" : printable(variable.value)));
  }
  for (const auto& [name, value] : report.labels) {
    text += line("Label", printable(name) + "=" + printable(value));
  }

  text += "\nLayers, largest first\n";
  std::vector<std::pair<std::size_t, const LayerReport*>> by_size;
  for (const LayerReport& layer : report.layers) by_size.emplace_back(by_size.size() + 1, &layer);
  std::stable_sort(by_size.begin(), by_size.end(), [](const auto& a, const auto& b) {
    return a.second->compressed > b.second->compressed;
  });
  for (const auto& [number, layer] : by_size) {
    text += right(std::to_string(number), 4) + right(human_size(layer->compressed), 10) +
            right(human_size(layer->unpacked), 10) + "  " + layer->digest.substr(0, 19) + "  " +
            printable(layer->comment.substr(0, 100)) + "\n";
  }
  if (!report.largest.empty()) text += "\nFiles, largest first\n";
  for (const LargeFile& file : report.largest) {
    text += right(std::to_string(file.layer), 4) + right(human_size(file.size), 10) + "  /" +
            printable(file.path) + "\n";
  }

  text += "\nPreflight for Lambda: ";
  if (report.findings.empty()) return text + "nothing found\n";
  text += "\n";
  for (const image::Finding& finding : report.findings) {
    text += "  " + padded(std::string(image::name_of(finding.severity)), 9) +
            padded(finding.id, 23) + finding.message + "\n";
  }
  return text;
}

std::string to_json(const Report& report) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("digest").string(report.digest).key("platform").string(report.platform);
  out.key("mediaType").string(report.media_type).key("created").string(report.created);
  out.key("compressed").integer(report.compressed).key("unpacked").integer(report.unpacked);
  out.key("layers").begin_array();
  for (const LayerReport& layer : report.layers) {
    out.begin_object();
    out.key("digest").string(layer.digest).key("diffId").string(layer.diff_id);
    out.key("mediaType").string(layer.media_type).key("comment").string(layer.comment);
    out.key("compressed").integer(layer.compressed).key("unpacked").integer(layer.unpacked);
    out.key("entries").integer(layer.entries).end_object();
  }
  out.end_array().key("largestFiles").begin_array();
  for (const LargeFile& file : report.largest) {
    out.begin_object().key("path").string("/" + file.path).key("size").integer(file.size);
    out.key("layer").integer(file.layer).end_object();
  }
  out.end_array().key("config").begin_object();
  write_strings(out.key("entrypoint"), report.entrypoint);
  write_strings(out.key("cmd"), report.cmd);
  out.key("user").string(report.user).key("workingDir").string(report.working_dir);
  out.key("env").begin_array();
  for (const Variable& variable : report.env) {
    out.begin_object().key("name").string(variable.name);
    if (variable.secret)
      out.key("secret").boolean(true);
    else
      out.key("value").string(variable.value);
    out.end_object();
  }
  out.end_array().key("labels").begin_object();
  for (const auto& [name, value] : report.labels) out.key(name).string(value);
  out.end_object().end_object().key("findings").begin_array();
  for (const image::Finding& finding : report.findings) {
    out.begin_object().key("id").string(finding.id);
    out.key("severity").string(image::name_of(finding.severity));
    out.key("message").string(finding.message).end_object();
  }
  out.end_array().end_object();
  return text + "\n";
}

std::string to_text(const Difference& difference) {
  std::string text = line("From", difference.before) + line("To", difference.after) +
                     line("Size", signed_size(difference.compressed) + " compressed, " +
                                      signed_size(difference.unpacked) + " unpacked");
  if (!difference.config.empty()) text += "\nConfiguration\n";
  for (const Change& change : difference.config) {
    text += "  " + padded(change.what, 9) + printable(change.path) + ": " +
            printable(change.before) + " -> " + printable(change.after) + "\n";
  }
  if (!difference.files.empty()) text += "\nFiles\n";
  for (const Change& change : difference.files) {
    text += "  " + padded(change.what, 9) + right(signed_size(change.bytes), 9) + "  /" +
            printable(change.path);
    if (!change.before.empty() || !change.after.empty()) {
      text += "  (" + printable(change.before) + " -> " + printable(change.after) + ")";
    }
    text += "\n";
  }
  if (difference.config.empty() && difference.files.empty()) text += "\nNothing differs\n";
  return text;
}

std::string to_json(const Difference& difference) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("from").string(difference.before).key("to").string(difference.after);
  out.key("compressed").integer(difference.compressed);
  out.key("unpacked").integer(difference.unpacked);
  write_changes(out.key("config"), difference.config);
  write_changes(out.key("files"), difference.files);
  out.end_object();
  return text + "\n";
}

}  // namespace thimble::cli
