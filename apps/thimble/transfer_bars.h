#pragma once
// How far the blobs of an image are, on stderr: bars on a terminal, else a line when one is done.

#include <chrono>
#include <map>
#include <string>

#include <thimble/registry/client.h>

#include "context.h"

namespace thimble::cli {

class TransferBars final {
 public:
  // `context` outlives it.
  TransferBars(const Context& context, bool quiet);
  TransferBars(const TransferBars&) = delete;
  TransferBars& operator=(const TransferBars&) = delete;
  ~TransferBars();

  // Not by several threads at once.
  void show(const registry::Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  struct Bar {
    std::uint64_t bytes = 0;
    std::uint64_t total = 0;
    Clock::time_point begin;
    std::uint64_t first = 0;  // Bytes that were there at `begin`.
    const char* verb = "";
  };

  void erase();
  void draw();
  [[nodiscard]] std::string line_of(const image::Digest& digest, const Bar& bar) const;

  const Context& context_;
  bool quiet_;
  bool terminal_;
  std::map<image::Digest, Bar> bars_;
  std::size_t drawn_ = 0;  // Lines.
  Clock::time_point drawn_at_;
};

}  // namespace thimble::cli
