#include "transfer_bars.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "progress.h"

namespace thimble::cli {
namespace {

using State = registry::Progress::State;

constexpr std::chrono::milliseconds kBetweenDrawings{100};
constexpr std::size_t kWidth = 24;  // Of a bar.

std::string short_name(const image::Digest& digest) {
  return digest.hex().substr(0, 12);
}

const char* word_for(State state) {
  switch (state) {
    case State::kExists:
      return "is there";
    case State::kMounted:
      return "mounted";
    case State::kUploading:
      return "sending";
    case State::kDownloading:
      return "fetching";
    case State::kDone:
      return "done";
  }
  return "";
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

TransferBars::TransferBars(const Context& context, bool quiet)
    : context_(context), quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

TransferBars::~TransferBars() {
  erase();
}

void TransferBars::show(const registry::Progress& progress) {
  if (quiet_) return;
  const bool moves = progress.state == State::kUploading || progress.state == State::kDownloading;
  if (!moves) {
    erase();
    bars_.erase(progress.digest);
    context_.say("  " + short_name(progress.digest) + "  " + human_size(progress.total) + "  " +
                 word_for(progress.state));
    draw();
    return;
  }
  if (!terminal_) return;
  const auto [bar, is_new] = bars_.try_emplace(progress.digest);
  if (is_new || progress.bytes < bar->second.first) {
    bar->second.begin = Clock::now();
    bar->second.first = progress.bytes;
  }
  bar->second.bytes = progress.bytes;
  bar->second.total = progress.total;
  bar->second.verb = word_for(progress.state);
  if (Clock::now() - drawn_at_ < kBetweenDrawings) return;
  erase();
  draw();
}

void TransferBars::erase() {
  if (drawn_ == 0) return;
  std::string text;
  for (; drawn_ > 0; --drawn_) text += "\x1b[A\r\x1b[K";
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

void TransferBars::draw() {
  if (!terminal_ || bars_.empty()) return;
  std::string text;
  const std::size_t width = terminal_width();
  for (const auto& [digest, bar] : bars_) {
    text += line_of(digest, bar).substr(0, width - 1) + "\n";
    ++drawn_;
  }
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  drawn_at_ = Clock::now();
}

std::string TransferBars::line_of(const image::Digest& digest, const Bar& bar) const {
  const double part = bar.total == 0 ? 1.0
                                     : static_cast<double>(std::min(bar.bytes, bar.total)) /
                                           static_cast<double>(bar.total);
  const auto full = static_cast<std::size_t>(part * static_cast<double>(kWidth));
  const std::chrono::duration<double> took = Clock::now() - bar.begin;
  std::string text = "  " + short_name(digest) + "  [" + std::string(full, '=') +
                     std::string(kWidth - full, ' ') + "]  " + human_size(bar.bytes) + " of " +
                     human_size(bar.total) + "  " + bar.verb;
  if (took.count() > 0.5 && bar.bytes > bar.first) {
    const double speed = static_cast<double>(bar.bytes - bar.first) / took.count();
    text += ", " + human_size(static_cast<std::uint64_t>(speed)) + "/s";
  }
  return text;
}

}  // namespace thimble::cli
