#include "read.h"

#include <limits>
#include <utility>

#include <thimble/base/base64.h>
#include <thimble/json/path.h>

namespace thimble::events::detail {
namespace {

// A lone surrogate in somebody's message is no reason to lose it.
constexpr json::ReaderOptions kOptions{.lone_surrogates = json::LoneSurrogates::kReplace};

// From here on a decoded string is worth more than the buffer it is in.
constexpr std::size_t kLong = 1024;

// Members mostly come in the order of the table, so the search begins behind the last one found.
const ReadEntry* find(const ReadTable& table, std::string_view name, std::size_t& next) {
  for (std::size_t i = 0; i < table.size; ++i) {
    if (next == table.size) next = 0;
    const ReadEntry& entry = table.entries[next++];
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

void read_members(In& in, void* object, const ReadTable& table) {
  std::size_t next = 0;
  in.reader.enter_object();
  while (const auto key = in.reader.next_key()) {
    if (const ReadEntry* entry = find(table, *key, next)) {
      entry->read(in, object);
    } else if (table.unknown != nullptr) {
      read_value(in, table.unknown(object).add(std::string(*key)));
    }
  }
}

}  // namespace

In::In(std::string_view text) : reader(text, scratch, kOptions), text_(text) {}

void In::refuse(std::size_t offset, std::string_view why) {
  if (!refusal_) refusal_ = Refusal{offset, std::string(why)};
}

Result<void> In::finish() {
  auto done = reader.finish();
  // The reader goes on after a refusal, so what it found is behind.
  std::size_t offset = reader.offset();
  if (refusal_) {
    offset = refusal_->offset;
    done = fail(ErrorCode::kInvalid, refusal_->why + " at byte " + std::to_string(offset));
  }
  if (done) return done;
  const std::string path = json::path_at(text_, offset, kOptions);
  return path.empty() ? std::move(done) : fail(std::move(done.error()).during(path));
}

void read_object(In& in, void* object, const ReadTable& table) {
  if (!in.reader.read_null()) read_members(in, object, table);
}

Result<void> read_text(std::string_view text, void* object, const ReadTable& table) {
  In in(text);
  read_members(in, object, table);
  return in.finish();
}

void read_value(In& in, std::string& out) {
  if (in.reader.read_null()) return;
  const std::string_view text = in.reader.read_string();
  if (text.data() == in.scratch.data() && text.size() >= kLong) {
    out.swap(in.scratch);
  } else {
    out.assign(text);
  }
}

void read_value(In& in, bool& out) {
  if (!in.reader.read_null()) out = in.reader.read_bool();
}

void read_value(In& in, int& out) {
  std::int64_t value = out;
  static_cast<void>(in.reader.peek());
  const std::size_t offset = in.reader.offset();
  read_value(in, value);
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
    return in.refuse(offset, "expected a 32-bit integer");
  }
  out = static_cast<int>(value);
}

void read_value(In& in, std::int64_t& out) {
  if (!in.reader.read_null()) out = in.reader.read_int64();
}

void read_value(In& in, RawJson& out) {
  out.text.assign(in.reader.skip_value());
}

void read_base64(In& in, std::string& out) {
  if (in.reader.read_null()) return;
  const std::size_t offset = in.reader.offset();
  auto bytes = base64_decode(in.reader.read_string());
  if (!bytes) return in.refuse(offset, bytes.error().message);
  out = std::move(*bytes);
}

void read_base64(In& in, std::optional<std::string>& out) {
  if (!in.reader.read_null()) read_base64(in, out.emplace());
}

void read_base64(In& in, std::vector<std::string>& out) {
  if (in.reader.read_null()) return;
  out.clear();
  in.reader.enter_array();
  while (in.reader.next_element()) read_base64(in, out.emplace_back());
}

void read_one_or_many(In& in, std::vector<std::string>& out) {
  if (in.reader.peek() != json::Token::kString) return read_value(in, out);
  out.clear();
  read_value(in, out.emplace_back());
}

}  // namespace thimble::events::detail
