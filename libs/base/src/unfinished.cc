#include "thimble/base/unfinished.h"

#include <mutex>
#include <set>
#include <system_error>

#include "thimble/base/random_id.h"

namespace thimble {
namespace {

struct Registry {
  std::mutex mutex;
  std::set<std::filesystem::path> paths;
};

// Made at its first use and never destroyed: the signal's thread may come late.
Registry& registry() {
  static auto* const all = new Registry;
  return *all;
}

}  // namespace

Unfinished::Unfinished(const std::filesystem::path& target) : path_(target) {
  path_ += "." + RandomIds().hex(16) + ".tmp";
  const std::scoped_lock lock(registry().mutex);
  registry().paths.insert(path_);
}

Unfinished::~Unfinished() {
  if (!registered_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  finish();
}

void Unfinished::finish() {
  const std::scoped_lock lock(registry().mutex);
  registry().paths.erase(path_);
  registered_ = false;
}

void Unfinished::remove_all() {
  registry().mutex.lock();
  std::error_code ignored;
  for (const std::filesystem::path& path : registry().paths) {
    std::filesystem::remove_all(path, ignored);
  }
}

}  // namespace thimble
