#include "thimble/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "thimble/base/fd.h"
#include "thimble/base/unfinished.h"

namespace thimble {
namespace {

Result<void> write_all(int fd, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail(system_error(what));
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const std::string what = "read '" + path.string() + "'";
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return fail(system_error(what));
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return fail(system_error(what));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalid, what + ": not a regular file");
  const auto too_large = [&] {
    return fail(ErrorCode::kLimit, what + ": more than " + std::to_string(limit) + " bytes");
  };
  if (static_cast<std::uint64_t>(status.st_size) > limit) return too_large();

  // Files of /proc say that they are empty, and others grow meanwhile.
  std::string bytes(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t used = 0;
  for (;;) {
    const ssize_t got = ::read(file.number(), bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error(what));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > limit) return too_large();
    if (used == bytes.size()) bytes.resize(bytes.size() * 2);
  }
  bytes.resize(used);
  return bytes;
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
  const std::string what = "write '" + path.string() + "'";
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) return fail(system_error(what, error.value()));

  Unfinished unfinished(path);
  const Fd file(::open(unfinished.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return fail(system_error(what));
  if (auto written = write_all(file.number(), bytes, what); !written) return written;
  if (::fchmod(file.number(), mode) != 0) return fail(system_error(what));
  if (::rename(unfinished.path().c_str(), path.c_str()) != 0) return fail(system_error(what));
  unfinished.finish();
  return {};
}

}  // namespace thimble
