// Runs a fuzz target on the files of a corpus, where there is no libFuzzer: `NAME
// FILE-OR-FOLDER...`. Each input sits in a heap block of exactly its size, so that a sanitizer sees
// a read of one byte too many.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

// Defined by the fuzz target.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

void replay(const fs::path& path) {
  const auto size = static_cast<std::size_t>(fs::file_size(path));
  const auto bytes = std::make_unique<std::uint8_t[]>(size);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file || std::fread(bytes.get(), 1, size, file.get()) != size) {
    throw std::runtime_error("cannot read '" + path.string() + "'");
  }
  // Before the call: if it crashes, the last line names the file.
  std::fprintf(stderr, "%s\n", path.c_str());
  LLVMFuzzerTestOneInput(bytes.get(), size);
}

}  // namespace

int main(int argc, char** argv) try {
  std::size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      replay(argv[i]);
      ++inputs;
      continue;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) {
        replay(entry.path());
        ++inputs;
      }
    }
  }
  if (inputs == 0) {
    throw std::runtime_error("no input: the corpus is empty");
  }
  std::printf("%zu inputs\n", inputs);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
