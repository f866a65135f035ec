#pragma once
// Files and folders that are being written, and must not outlive an interruption.

#include <filesystem>

namespace thimble {

// A path that is removed, with all that is below it, unless `finish` is called. The paths of all
// such objects are known to the whole program: a signal ends all of it, whoever is writing.
class Unfinished final {
 public:
  // A new name beside `target`, in the same folder; nothing is made.
  explicit Unfinished(const std::filesystem::path& target);
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  // It has been moved to where it belongs.
  void finish();

  // Removes them all; for the end of the program. Whoever registers one later waits for ever.
  static void remove_all();

 private:
  std::filesystem::path path_;
  bool registered_ = true;
};

}  // namespace thimble
