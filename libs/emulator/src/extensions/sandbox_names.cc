#include "sandbox_names.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "thimble/base/fd.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kAddress = "127.0.0.1";
constexpr std::array<std::string_view, 2> kNames{"sandbox.localdomain", "sandbox"};
// More than any of the two files has in earnest.
constexpr std::size_t kMostBytes = 1024 * 1024;

// Takes the first line off `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Takes the first word off `line`; empty if there is none.
std::string_view take_word(std::string_view& line) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = line.find_first_not_of(kSpace);
  line.remove_prefix(begin == std::string_view::npos ? line.size() : begin);
  const std::string_view word = line.substr(0, line.find_first_of(kSpace));
  line.remove_prefix(word.size());
  return word;
}

bool has_name(std::string_view hosts, std::string_view name) {
  while (!hosts.empty()) {
    std::string_view line = take_line(hosts);
    line = line.substr(0, line.find('#'));
    static_cast<void>(take_word(line));  // the address
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      if (word == name) return true;
    }
  }
  return false;
}

std::optional<std::string> read_file(const char* path) {
  const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return std::nullopt;
  std::string text;
  char piece[4096];
  while (text.size() < kMostBytes) {
    const ssize_t got = ::read(file.number(), piece, sizeof piece);
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

// Docker, containerd: .../<64 digits>/hosts; Podman, CRI-O: .../userdata/hosts; the kubelet:
// .../pods/<id>/etc-hosts.
bool is_made_by_engine(std::string_view source) {
  const std::size_t slash = std::min(source.rfind('/'), source.size());
  std::string_view folder = source.substr(0, slash);
  const std::string_view file = source.substr(slash);
  if (file == "/etc-hosts") return folder.find("/pods/") != std::string_view::npos;
  if (file != "/hosts") return false;
  folder.remove_prefix(folder.rfind('/') + 1);
  const bool is_id =
      folder.size() == 64 && folder.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_id || folder == "userdata";
}

}  // namespace

bool is_engines_hosts_file(std::string_view mountinfo) {
  bool is_engines = false;
  while (!mountinfo.empty()) {
    std::string_view line = take_line(mountinfo);
    for (int skipped = 0; skipped < 3; ++skipped) static_cast<void>(take_word(line));
    const std::string_view source = take_word(line);
    // Of several on the same place the last one counts.
    if (take_word(line) == "/etc/hosts") is_engines = is_made_by_engine(source);
  }
  return is_engines;
}

std::string missing_sandbox_names(std::string_view hosts) {
  std::string line;
  for (const std::string_view name : kNames) {
    if (has_name(hosts, name)) continue;
    if (line.empty()) line += kAddress;
    line.append(" ").append(name);
  }
  if (line.empty()) return line;
  if (!hosts.empty() && hosts.back() != '\n') line.insert(0, 1, '\n');
  return line + '\n';
}

void add_sandbox_names(const char* hosts_file, const char* mountinfo_file) {
  const auto mountinfo = read_file(mountinfo_file);
  if (!mountinfo || !is_engines_hosts_file(*mountinfo)) return;
  const auto hosts = read_file(hosts_file);
  if (!hosts) return;
  const std::string missing = missing_sandbox_names(*hosts);
  if (missing.empty()) return;
  const Fd file(::open(hosts_file, O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!file.is_open()) return;
  // In one piece, so that nobody reads half a line.
  [[maybe_unused]] const ssize_t written = ::write(file.number(), missing.data(), missing.size());
}

}  // namespace thimble::emulator
