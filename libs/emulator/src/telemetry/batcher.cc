#include "batcher.h"

#include <utility>

namespace thimble::emulator {

Batcher::Batcher(Options options, BatchSender& sender)
    : options_(std::move(options)), sender_(sender), timer_(options_.loop, [this] { flush(); }) {}

bool Batcher::is_full(const Batch& batch) const {
  return batch.records >= options_.buffering.max_items ||
         batch.body.size() >= options_.buffering.max_bytes;
}

void Batcher::add(std::string_view record) {
  if (is_full(open_) && waiting_.size() >= kMostWaiting) {
    ++dropped_.records;
    dropped_.bytes += record.size();
    return;
  }
  tell_of_dropped();
  append(record);
  ++open_.content.records;
  open_.content.bytes += record.size();
  if (is_full(open_)) close();
}

void Batcher::append(std::string_view record) {
  if (open_.records == 0) {
    open_.body = std::move(spare_);
    open_.body.clear();
    timer_.start_after(options_.buffering.timeout);
  }
  if (options_.framing == Framing::kArray) {
    open_.body += open_.records == 0 ? '[' : ',';
    open_.body += record;
  } else {
    open_.body += record;
    open_.body += '\n';
  }
  ++open_.records;
}

void Batcher::tell_of_dropped() {
  if (dropped_.records == 0) return;
  append(options_.describe(dropped_));
  // If this is lost too, what it told of still has to be told.
  open_.content.records += dropped_.records;
  open_.content.bytes += dropped_.bytes;
  dropped_ = {};
}

void Batcher::flush() {
  is_due_ = true;
  close();
}

void Batcher::close() {
  if (open_.records == 0) {
    is_due_ = false;
    return;
  }
  if (waiting_.size() >= kMostWaiting) return;  // on_sent() comes back to it
  timer_.cancel();
  is_due_ = false;
  if (options_.framing == Framing::kArray) open_.body += ']';
  waiting_.push_back(std::exchange(open_, {}));
  send_next();
}

void Batcher::send_next() {
  if (is_sending_ || waiting_.empty()) return;
  sending_ = std::move(waiting_.front());
  waiting_.pop_front();
  is_sending_ = true;
  sender_.send(sending_.body);
}

void Batcher::on_sent(bool is_delivered) {
  is_sending_ = false;
  if (!is_delivered) {
    dropped_.records += sending_.content.records;
    dropped_.bytes += sending_.content.bytes;
  }
  spare_ = std::move(sending_.body);
  sending_ = {};
  send_next();
  if (is_due_ || is_full(open_)) close();
  // Not to somebody who is not there: that would never end. The next record brings it.
  if (is_delivered) tell_of_dropped();
  if (is_idle() && options_.on_idle) options_.on_idle();
}

}  // namespace thimble::emulator
