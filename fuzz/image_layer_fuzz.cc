// Reads any bytes as a layer, and puts its entries on a tree as an image does.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/image/image_files.h>
#include <thimble/image/layer_reader.h>

#include "check.h"

namespace {

using namespace thimble::image;
using thimble::fuzz::check;

const LayerLimits kLimits{
    .entries = 1000, .unpacked = 1 << 24, .ratio = 100, .ratio_floor = 1 << 20};

// Whether a path stays where it is put.
void check_path(std::string_view path) {
  check(!path.starts_with('/') && !path.ends_with('/'), "a path has no slashes around it");
  check(path.find('\0') == std::string_view::npos, "a path holds no NUL");
  const std::string whole = "/" + std::string(path) + "/";
  for (const char* part : {"/../", "/./"}) {
    check(whole.find(part) == std::string::npos, "a path leads nowhere else");
  }
  check(path.empty() || whole.find("//") == std::string::npos, "a path has no empty part");
}

void read(const Blob& blob) {
  auto reader = LayerReader::open(blob, kLimits);
  if (!reader) return;
  std::uint64_t total = 0;
  for (;;) {
    const auto entry = reader->next();
    if (!entry) {
      check(!entry.error().message.empty(), "an error is explained");
      return;
    }
    if (!*entry) break;
    check_path((*entry)->path);
    if ((*entry)->kind == EntryKind::kHardLink) check_path((*entry)->target);
    for (;;) {
      const auto piece = reader->read();
      if (!piece) return;
      if (piece->empty()) break;
      total += piece->size();
    }
  }
  const auto summary = reader->finish();
  if (!summary) return;
  check(summary->files == total, "what was counted was read");
  check(summary->digest == blob.descriptor.digest, "the digest is that of the blob");
}

void merge(const Blob& blob) {
  Image image;
  // Twice, so that whiteouts and links meet what they are about.
  image.layers = {blob, blob};
  const auto files = ImageFiles::load(image, {.limits = kLimits, .verify = false});
  if (!files) return;
  for (const auto& [path, node] : files->nodes()) {
    check_path(path);
    const std::size_t slash = path.rfind('/');
    if (slash != std::string::npos) {
      const FileNode* parent = files->find(std::string_view(path).substr(0, slash));
      check(parent != nullptr && parent->kind == FileKind::kFolder, "what is above is a folder");
    }
    const auto where = files->resolve(path);
    check(!where || files->find(*where)->kind != FileKind::kLink, "links are followed to the end");
    (void)files->read_head(path, 100);
    (void)files->list(path);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Blob blob = Blob::of("", std::string(reinterpret_cast<const char*>(data), size));
  read(blob);
  merge(blob);
  return 0;
}
