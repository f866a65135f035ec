#include "cgroup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "thimble/base/fd.h"
#include "thimble/base/parse_number.h"

namespace thimble::emulator {
namespace {

// Takes the text up to `separator` off the front.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

bool has_part(std::string_view list, char separator, std::string_view part) {
  while (!list.empty()) {
    if (take(list, separator) == part) return true;
  }
  return false;
}

// mountinfo writes a space, for instance, as \040.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// The path of the process in each of the two kinds of hierarchy.
struct Paths {
  std::optional<std::string> v1;  // of the memory controller
  std::optional<std::string> v2;
};

Paths paths_of(std::string_view cgroup) {
  Paths paths;
  while (!cgroup.empty()) {
    std::string_view line = take(cgroup, '\n');
    const std::string_view number = take(line, ':');
    const std::string_view controllers = take(line, ':');
    if (has_part(controllers, ',', "memory")) paths.v1 = line;
    if (number == "0" && controllers.empty()) paths.v2 = line;
  }
  return paths;
}

// Where `path` is, if `root` of the hierarchy is what is mounted at `point`.
std::optional<std::string> below(const std::string& point, const std::string& root,
                                 const std::string& path) {
  if (path.starts_with("/..")) return std::nullopt;  // outside of the cgroup namespace
  if (root == "/") return path == "/" ? point : point + path;
  if (!path.starts_with(root)) return std::nullopt;
  const std::string rest = path.substr(root.size());
  if (!rest.empty() && rest[0] != '/') return std::nullopt;
  return point + rest;
}

}  // namespace

std::optional<MemoryCgroup> find_memory_cgroup(std::string_view cgroup,
                                               std::string_view mountinfo) {
  const Paths paths = paths_of(cgroup);
  std::optional<MemoryCgroup> found;
  while (!mountinfo.empty()) {
    std::string_view line = take(mountinfo, '\n');
    for (int i = 0; i < 3; ++i) take(line, ' ');  // id, parent, device
    const std::string root = unescape(take(line, ' '));
    const std::string point = unescape(take(line, ' '));
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    line.remove_prefix(dash + 3);
    const std::string_view type = take(line, ' ');
    take(line, ' ');  // source
    const bool is_v1 = type == "cgroup" && has_part(line, ',', "memory");
    if (!is_v1 && type != "cgroup2") continue;
    const auto& path = is_v1 ? paths.v1 : paths.v2;
    auto folder = path ? below(point, root, *path) : std::nullopt;
    if (!folder) continue;
    // Of both, the one of version 1 has the controller.
    if (is_v1) return MemoryCgroup{.is_v2 = false, .folder = std::move(*folder)};
    found = MemoryCgroup{.is_v2 = true, .folder = std::move(*folder)};
  }
  if (!found) return std::nullopt;
  const auto controllers = read_kernel_file(found->folder + "/cgroup.controllers");
  if (!controllers || !has_word(*controllers, "memory")) return std::nullopt;
  return found;
}

std::size_t number_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    if (take(line, ' ') == key) return parse_number<std::size_t>(line).value_or(0);
  }
  return 0;
}

bool has_word(std::string_view text, std::string_view word) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return has_part(text, ' ', word);
}

Result<std::string> read_kernel_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(system_error("read '" + path + "'"));
  std::string text;
  char bytes[4096];
  for (;;) {
    const ssize_t got = ::read(file.number(), bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error("read '" + path + "'"));
    if (got == 0) return text;
    text.append(bytes, static_cast<std::size_t>(got));
  }
}

Result<void> write_kernel_file(const std::string& path, std::string_view text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open() || ::write(file.number(), text.data(), text.size()) < 0) {
    return fail(system_error("write '" + path + "'"));
  }
  return {};
}

}  // namespace thimble::emulator
