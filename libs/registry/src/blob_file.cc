#include "blob_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace thimble::registry {

Result<BlobFile> BlobFile::create(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string what = "write into '" + folder.string() + "'";
  if (error) return fail(system_error(what, error.value()));
  Fd nameless(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644));
  if (nameless.is_open()) return BlobFile(std::move(nameless), folder, {});
  auto name = std::make_unique<Unfinished>(folder / "blob");
  Fd named(::open(name->path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!named.is_open()) return fail(system_error(what));
  return BlobFile(std::move(named), folder, std::move(name));
}

Result<void> BlobFile::append(std::string_view bytes) {
  hash_.update(bytes);
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd_.number(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    // Not kIo: trying again would not help.
    if (wrote < 0) {
      return fail(ErrorCode::kLimit, system_error("write into '" + folder_.string() + "'").message);
    }
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> BlobFile::clear() {
  if (::ftruncate(fd_.number(), 0) != 0 || ::lseek(fd_.number(), 0, SEEK_SET) != 0) {
    return fail(ErrorCode::kLimit, system_error("write into '" + folder_.string() + "'").message);
  }
  hash_ = hash::Sha256();
  size_ = 0;
  return {};
}

Result<std::filesystem::path> BlobFile::publish(const image::Descriptor& descriptor) {
  if (size_ != descriptor.size || image::Digest(hash_.finish()) != descriptor.digest) {
    return fail(wrong_bytes(descriptor, size_));
  }
  const std::filesystem::path path = folder_ / descriptor.digest.hex();
  const std::string what = "write '" + path.string() + "'";
  if (name_ == nullptr) {
    name_ = std::make_unique<Unfinished>(path);
    const std::string nameless = "/proc/self/fd/" + std::to_string(fd_.number());
    if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, name_->path().c_str(), AT_SYMLINK_FOLLOW) !=
        0) {
      return fail(system_error(what));
    }
  }
  if (::rename(name_->path().c_str(), path.c_str()) != 0) return fail(system_error(what));
  name_->finish();
  fd_.reset();
  return path;
}

Result<bool> holds(const std::filesystem::path& file, const image::Descriptor& descriptor) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!fd.is_open()) return false;
  struct stat status{};
  if (::fstat(fd.number(), &status) != 0) return fail(system_error("read '" + file.string() + "'"));
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) != descriptor.size) {
    return false;
  }
  hash::Sha256 hash;
  std::vector<char> block(std::size_t{256} << 10);
  for (;;) {
    const ssize_t got = ::read(fd.number(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error("read '" + file.string() + "'"));
    if (got == 0) break;
    hash.update({block.data(), static_cast<std::size_t>(got)});
  }
  return image::Digest(hash.finish()) == descriptor.digest;
}

Error wrong_bytes(const image::Descriptor& expected, std::uint64_t size) {
  if (size != expected.size) {
    return {ErrorCode::kInvalid, "blob '" + expected.digest.str() + "' should have " +
                                     std::to_string(expected.size) + " bytes, the registry sent " +
                                     std::to_string(size)};
  }
  return {ErrorCode::kInvalid,
          "what the registry sent is not what '" + expected.digest.str() + "' names"};
}

}  // namespace thimble::registry
