#pragma once
// Writes values of every kind that events are made of, by tables as read.h does.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/events/flat_map.h>
#include <thimble/events/raw_json.h>
#include <thimble/json/writer.h>

namespace thimble::events::detail {

// An event being written.
struct Out {
  json::Writer writer;
};

// What a type is written by. `write` gets the object that has the member, and writes the name, too,
// or nothing if the member is absent.
struct WriteEntry {
  std::string_view name;
  void (*write)(Out& out, std::string_view name, const void* object);
};
struct WriteTable {
  const WriteEntry* entries;
  std::size_t size;
  // What the object kept that is not in the table; null if it does not.
  const FlatMap<RawJson>& (*unknown)(const void* object);
};

void write_object(Out& out, const void* object, const WriteTable& table);

// Appends the object to `text`.
void write_text(std::string& text, const void* object, const WriteTable& table);

// Only what the overloads name: a pointer would convert to bool.
void write_value(Out& out, const std::string& value);
void write_value(Out& out, const RawJson& value);
void write_value(Out& out, std::int64_t value);
void write_base64(Out& out, const std::string& bytes);
void write_base64(Out& out, const std::optional<std::string>& bytes);
void write_base64(Out& out, const std::vector<std::string>& list);
template <std::same_as<int> T>
void write_value(Out& out, T value) {
  write_value(out, std::int64_t{value});
}
template <std::same_as<double> T>
void write_value(Out& out, T value) {
  out.writer.real(value);
}
template <std::same_as<bool> T>
void write_value(Out& out, T value) {
  out.writer.boolean(value);
}

template <class T>
void write_value(Out& out, const std::optional<T>& value) {
  write_value(out, *value);
}

template <class T>
void write_value(Out& out, const std::vector<T>& values) {
  out.writer.begin_array();
  for (const T& value : values) write_value(out, value);
  out.writer.end_array();
}

template <class T, bool kIgnoreCase>
void write_value(Out& out, const FlatMap<T, kIgnoreCase>& items) {
  out.writer.begin_object();
  for (const auto& [name, value] : items) {
    out.writer.key(name);
    write_value(out, value);
  }
  out.writer.end_object();
}

// Whether a member is left out: what is optional and not there, and lists and maps of nothing.
template <class T>
bool absent(const T&) {
  return false;
}
template <class T>
bool absent(const std::optional<T>& value) {
  return !value;
}
template <class T>
bool absent(const std::vector<T>& values) {
  return values.empty();
}
template <class T, bool kIgnoreCase>
bool absent(const FlatMap<T, kIgnoreCase>& items) {
  return items.empty();
}
inline bool absent(const RawJson& value) {
  return value.text.empty();
}

}  // namespace thimble::events::detail
