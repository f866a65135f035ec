#include "thimble/base/buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace thimble {

Buffer::~Buffer() {
  if (data_ == nullptr) return;
  if (pool_ != nullptr) {
    pool_->give_back({data_, capacity_});
  } else {
    std::free(data_);
  }
}

void Buffer::reserve(std::size_t total) {
  if (total <= capacity_) return;
  // realloc, not new: glibc and musl grow large blocks by remapping their pages.
  void* grown = std::realloc(data_, total);
  if (grown == nullptr) throw std::bad_alloc();
  data_ = static_cast<char*>(grown);
  capacity_ = total;
}

void Buffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (capacity_ - size_ < bytes.size()) reserve(std::max(size_ + bytes.size(), capacity_ * 2));
  std::memcpy(data_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

BufferPool::~BufferPool() {
  for (const Block& block : kept_) std::free(block.data);
}

Buffer BufferPool::take(std::size_t capacity) {
  Buffer buffer;
  buffer.pool_ = this;
  if (!kept_.empty()) {
    auto best = kept_.begin();
    for (auto block = kept_.begin(); block != kept_.end(); ++block) {
      const bool fits = block->capacity >= capacity;
      const bool best_fits = best->capacity >= capacity;
      if (fits != best_fits
              ? fits
              : (fits ? block->capacity < best->capacity : block->capacity > best->capacity)) {
        best = block;
      }
    }
    // A small body does not hold a large block back from the next large body.
    if (best->capacity < capacity || best->capacity <= std::max<std::size_t>(4 * capacity, 65536)) {
      buffer.data_ = best->data;
      buffer.capacity_ = best->capacity;
      kept_bytes_ -= best->capacity;
      *best = kept_.back();
      kept_.pop_back();
    }
  }
  buffer.reserve(capacity);
  return buffer;
}

void BufferPool::give_back(Block block) {
  if (kept_.size() >= options_.blocks || kept_bytes_ + block.capacity > options_.bytes) {
    std::free(block.data);
    return;
  }
  kept_bytes_ += block.capacity;
  kept_.push_back(block);
}

}  // namespace thimble
