#pragma once
// Bytes on their way from one socket to another: memory that grows in place and is used again.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace thimble {

class BufferPool;

// A block of bytes that grows at the end and is never zeroed. Moving it moves the ownership only.
// It goes back to the pool it came from, which must outlive it.
class Buffer final {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }
  ~Buffer();

  [[nodiscard]] std::string_view view() const { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  void clear() { size_ = 0; }

  // Makes room for at least `total` bytes in all. The kernel moves large blocks without copying
  // them.
  void reserve(std::size_t total);

  void append(std::string_view bytes);

  // The room after the last byte, to read into; then commit() what was read.
  [[nodiscard]] std::span<char> spare() { return {data_ + size_, capacity_ - size_}; }
  void commit(std::size_t bytes) { size_ += bytes; }

 private:
  friend class BufferPool;
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(pool_, other.pool_);
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  BufferPool* pool_ = nullptr;
};

// Keeps a few blocks for the next body. Fresh pages cost more than the copying they are for: a 6 MB
// block from the system is 1,500 page faults.
class BufferPool final {
 public:
  // How many blocks are kept, and how many bytes they may have together.
  struct Options {
    std::size_t blocks = 16;
    std::size_t bytes = 14 * 1024 * 1024;
  };

  BufferPool() : BufferPool(Options{}) {}
  explicit BufferPool(Options options) : options_(options) {}
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  // An empty buffer with room for at least `capacity` bytes: the smallest kept block that has it,
  // else the largest one, grown.
  [[nodiscard]] Buffer take(std::size_t capacity);

 private:
  friend class Buffer;
  struct Block {
    char* data;
    std::size_t capacity;
  };
  void give_back(Block block);

  Options options_;
  std::vector<Block> kept_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace thimble
