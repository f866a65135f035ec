#pragma once
// How a struct and its JSON belong together, said once for reading and for writing:
//
//   template <>
//   struct Schema<SnsRecord> {
//     using T = SnsRecord;
//     using Members = List<Member<"EventVersion", &T::event_version>, Member<"Sns", &T::sns>>;
//   };
//
// The two tables of a type are separate objects, so that a program that only reads it links nothing
// of the other.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <thimble/base/result.h>

#include "read.h"
#include "write.h"

namespace thimble::events::detail {

// A string literal as a template argument.
template <std::size_t kSize>
struct Name {
  char text[kSize];
  consteval Name(const char (&literal)[kSize]) { std::ranges::copy(literal, text); }
  [[nodiscard]] constexpr std::string_view view() const { return {text, kSize - 1}; }
};

template <auto kMember>
struct Access;
template <class Object, class Value, Value Object::* kMember>
struct Access<kMember> {
  static Value& of(void* object) { return static_cast<Object*>(object)->*kMember; }
  static const Value& of(const void* object) {
    return static_cast<const Object*>(object)->*kMember;
  }
};

// A member as its type says. Strings and numbers are always written, lists and maps if they hold
// something.
template <Name kName, auto kMember>
struct Member {
  static constexpr std::string_view name = kName.view();
  static void read(In& in, void* object) { read_value(in, Access<kMember>::of(object)); }
  static void write(Out& out, std::string_view called, const void* object) {
    const auto& value = Access<kMember>::of(object);
    if (absent(value)) return;
    out.writer.key(called);
    write_value(out, value);
  }
};

// A list or map that is written even if it is empty.
template <Name kName, auto kMember>
struct Always : Member<kName, kMember> {
  static void write(Out& out, std::string_view called, const void* object) {
    out.writer.key(called);
    write_value(out, Access<kMember>::of(object));
  }
};

// A string that is left out if it is empty, as the service does or likes best.
template <Name kName, auto kMember>
struct Sparse : Member<kName, kMember> {
  static void write(Out& out, std::string_view called, const void* object) {
    if (!Access<kMember>::of(object).empty()) Member<kName, kMember>::write(out, called, object);
  }
};

// Bytes that are base64 in JSON.
template <Name kName, auto kMember>
struct Base64 : Member<kName, kMember> {
  static void read(In& in, void* object) { read_base64(in, Access<kMember>::of(object)); }
  static void write(Out& out, std::string_view called, const void* object) {
    const auto& value = Access<kMember>::of(object);
    if (absent(value)) return;
    out.writer.key(called);
    write_base64(out, value);
  }
};

// A list of strings that may also be one string; written as a list.
template <Name kName, auto kMember>
struct OneOrMany : Member<kName, kMember> {
  static void read(In& in, void* object) { read_one_or_many(in, Access<kMember>::of(object)); }
};

// Another name of a member, which is read only.
template <Name kName, auto kMember>
struct Alias : Member<kName, kMember> {
  static void write(Out&, std::string_view, const void*) {}
};

template <class... Members>
struct List {
  static constexpr std::size_t size = sizeof...(Members);
  static constexpr std::array<ReadEntry, size> reads{ReadEntry{Members::name, &Members::read}...};
  static constexpr std::array<WriteEntry, size> writes{
      WriteEntry{Members::name, &Members::write}...};
};

template <class T>
struct Schema;

template <class T>
concept HasSchema = requires { typename Schema<T>::Members; };

// A type with a member `unknown` keeps there what its schema does not name.
template <class T>
concept KeepsUnknown = requires(T& object) { object.unknown; };

template <class T>
FlatMap<RawJson>& unknown_of(void* object) {
  return static_cast<T*>(object)->unknown;
}
template <class T>
const FlatMap<RawJson>& unknown_of_const(const void* object) {
  return static_cast<const T*>(object)->unknown;
}

template <class T>
constexpr ReadTable make_read_table() {
  using Members = typename Schema<T>::Members;
  ReadTable table{Members::reads.data(), Members::size, nullptr};
  if constexpr (KeepsUnknown<T>) table.unknown = &unknown_of<T>;
  return table;
}
template <class T>
constexpr WriteTable make_write_table() {
  using Members = typename Schema<T>::Members;
  WriteTable table{Members::writes.data(), Members::size, nullptr};
  if constexpr (KeepsUnknown<T>) table.unknown = &unknown_of_const<T>;
  return table;
}

template <class T>
inline constexpr ReadTable read_table = make_read_table<T>();
template <class T>
inline constexpr WriteTable write_table = make_write_table<T>();

template <HasSchema T>
void read_value(In& in, T& out) {
  read_object(in, &out, read_table<T>);
}

template <HasSchema T>
void write_value(Out& out, const T& value) {
  write_object(out, &value, write_table<T>);
}

template <HasSchema T>
[[nodiscard]] Result<T> parse(std::string_view text) {
  auto event = Result<T>(std::in_place);
  if (auto done = read_text(text, &*event, read_table<T>); !done) {
    event = fail(std::move(done.error()));
  }
  return event;
}

template <HasSchema T>
void append(std::string& out, const T& event) {
  write_text(out, &event, write_table<T>);
}

}  // namespace thimble::events::detail
