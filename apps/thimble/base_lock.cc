#include "base_lock.h"

#include <thimble/base/file.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

namespace thimble::cli {

Result<BaseLock> BaseLock::read(const std::filesystem::path& file) {
  BaseLock lock(file);
  auto text = read_file(file, std::size_t{1} << 20);
  if (!text && text.error().code == ErrorCode::kNotFound) return lock;
  if (!text) return fail(std::move(text.error()));
  std::string scratch;
  json::Reader in(*text, scratch);
  in.enter_object();
  while (const auto section = in.next_key()) {
    if (*section != "bases") continue;
    in.enter_object();
    while (const auto key = in.next_key()) {
      const std::string name(*key);
      lock.bases_[name] = in.read_string();
    }
  }
  if (auto done = in.finish(); !done) {
    return fail(std::move(done.error()).during("read '" + file.string() + "'"));
  }
  for (const auto& [name, digest] : lock.bases_) {
    if (auto parsed = image::Digest::parse(digest); !parsed) {
      return fail(std::move(parsed.error()).during("read '" + file.string() + "': '" + name + "'"));
    }
  }
  return lock;
}

std::optional<image::Digest> BaseLock::find(const std::string& name) const {
  const auto found = bases_.find(name);
  if (found == bases_.end()) return std::nullopt;
  return image::Digest::parse(found->second).value();
}

Result<void> BaseLock::set(const std::string& name, const image::Digest& digest) {
  std::string& there = bases_[name];
  if (there == digest.str()) return {};
  there = digest.str();
  // One base a line: the file is read in diffs.
  std::string text = "{\n  \"bases\": {";
  const char* separator = "\n    ";
  for (const auto& [base, value] : bases_) {
    text += separator;
    json::Writer(text).string(base);
    text += ": ";
    json::Writer(text).string(value);
    separator = ",\n    ";
  }
  text += "\n  }\n}\n";
  return write_file(file_, text);
}

}  // namespace thimble::cli
