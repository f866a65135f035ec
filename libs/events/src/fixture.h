#pragma once
// What the tests of events share: the fixtures, which are JSON files beside the sources.

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

namespace thimble::events {

// The text of a file in src/.
inline std::string fixture(std::string_view name) {
  const std::string path = THIMBLE_EVENTS_FIXTURES "/" + std::string(name);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  std::string text;
  if (!file) {
    ADD_FAILURE() << "cannot read '" << path << "'";
    return text;
  }
  for (int c = std::fgetc(file.get()); c != EOF; c = std::fgetc(file.get())) {
    text += static_cast<char>(c);
  }
  return text;
}

// An event as its fixture has it.
template <class Event>
Event read_fixture(std::string_view name) {
  auto event = Event::from_json(fixture(name));
  if (event) return std::move(*event);
  ADD_FAILURE() << name << ": " << event.error().message;
  return {};
}

// The error of a text that is no such event.
template <class Event>
std::string error_of(std::string_view text) {
  const auto event = Event::from_json(text);
  return event ? "no error" : event.error().message;
}

template <class Event>
std::string written(const Event& event) {
  std::string text;
  event.to_json(text);
  return text;
}

// The same JSON without its white space.
inline std::string compact(std::string_view text) {
  using json::Token;
  std::string scratch;
  std::string out;
  json::Reader in(text, scratch);
  json::Writer writer(out);
  while (true) {
    switch (in.next()) {
      case Token::kError:
        ADD_FAILURE() << in.error().message;
        return {};
      case Token::kEnd:
        return out;
      case Token::kBeginObject:
        writer.begin_object();
        break;
      case Token::kEndObject:
        writer.end_object();
        break;
      case Token::kBeginArray:
        writer.begin_array();
        break;
      case Token::kEndArray:
        writer.end_array();
        break;
      case Token::kKey:
        writer.key(in.text());
        break;
      default:
        writer.raw(in.raw());
    }
  }
}

}  // namespace thimble::events
