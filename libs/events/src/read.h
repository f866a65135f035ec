#pragma once
// Reads values of every kind that events are made of. One loop, which knows no type, interprets a
// table of names and functions; a function is a few instructions for each member.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/flat_map.h>
#include <thimble/events/raw_json.h>
#include <thimble/json/reader.h>

namespace thimble::events::detail {

// An event being read. After the first error the reader finds nothing more.
class In final {
 public:
  explicit In(std::string_view text);
  In(const In&) = delete;
  In& operator=(const In&) = delete;

  // Says that the value that began at `offset` is JSON of the right type, and yet wrong.
  void refuse(std::size_t offset, std::string_view why);

  // The first error, with the way to it, if there is one.
  [[nodiscard]] Result<void> finish();

  std::string scratch;
  json::Reader reader;

 private:
  struct Refusal {
    std::size_t offset;
    std::string why;
  };

  std::string_view text_;
  std::optional<Refusal> refusal_;
};

// What a type is read by. `read` gets the object that has the member.
struct ReadEntry {
  std::string_view name;
  void (*read)(In& in, void* object);
};
struct ReadTable {
  const ReadEntry* entries;
  std::size_t size;
  // Where the object keeps what is not in the table; null if it does not.
  FlatMap<RawJson>& (*unknown)(void* object);
};

// A null leaves the object as it is.
void read_object(In& in, void* object, const ReadTable& table);

// Reads a text that is one object.
[[nodiscard]] Result<void> read_text(std::string_view text, void* object, const ReadTable& table);

// All of them leave `out` as it is for a null.
void read_value(In& in, std::string& out);
void read_value(In& in, bool& out);
void read_value(In& in, int& out);
void read_value(In& in, std::int64_t& out);
void read_value(In& in, double& out);
void read_value(In& in, RawJson& out);  // Except this one: a null is JSON, too.
void read_base64(In& in, std::string& out);
void read_base64(In& in, std::optional<std::string>& out);
void read_base64(In& in, std::vector<std::string>& out);
void read_one_or_many(In& in, std::vector<std::string>& out);

template <class T>
void read_value(In& in, std::optional<T>& out) {
  if (in.reader.read_null()) return;
  read_value(in, out.emplace());
}

template <class T>
void read_value(In& in, std::vector<T>& out) {
  if (in.reader.read_null()) return;
  out.clear();
  in.reader.enter_array();
  while (in.reader.next_element()) read_value(in, out.emplace_back());
}

template <class T, bool kIgnoreCase>
void read_value(In& in, FlatMap<T, kIgnoreCase>& out) {
  if (in.reader.read_null()) return;
  out.clear();
  in.reader.enter_object();
  while (const auto key = in.reader.next_key()) read_value(in, out.add(std::string(*key)));
}

}  // namespace thimble::events::detail
