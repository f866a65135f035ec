#pragma once
// The lists and maps of strings that images' JSON is full of.

#include <map>
#include <string>
#include <vector>

#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

namespace thimble::image {

// An object whose values are strings; null ones are left out.
[[nodiscard]] inline std::map<std::string, std::string> read_map(json::Reader& in) {
  std::map<std::string, std::string> map;
  in.enter_object();
  while (const auto key = in.next_key()) {
    const std::string name(*key);
    if (!in.read_null()) map[name] = in.read_string();
  }
  return map;
}

[[nodiscard]] inline std::vector<std::string> read_strings(json::Reader& in) {
  std::vector<std::string> all;
  in.enter_array();
  while (in.next_element()) all.emplace_back(in.read_string());
  return all;
}

inline void write_map(json::Writer& out, const std::map<std::string, std::string>& map) {
  out.begin_object();
  for (const auto& [name, value] : map) out.key(name).string(value);
  out.end_object();
}

inline void write_strings(json::Writer& out, const std::vector<std::string>& all) {
  out.begin_array();
  for (const std::string& text : all) out.string(text);
  out.end_array();
}

}  // namespace thimble::image
