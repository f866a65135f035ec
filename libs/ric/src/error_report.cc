#include "error_report.h"

#include <unistd.h>

#include <array>

#include <thimble/json/writer.h>

namespace thimble::ric {
namespace {

// The beginning of `text`, not cut inside a UTF-8 sequence.
std::string_view beginning(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

// With texts of at most `most_text` bytes, and so many frames.
std::string cause(const HandlerError& error, std::size_t most_text, std::size_t most_frames) {
  std::array<char, 4096> folder{};
  if (::getcwd(folder.data(), folder.size()) == nullptr) folder[0] = '\0';
  std::string out;
  json::Writer writer(out, {.ascii = true});
  writer.begin_object();
  writer.key("working_directory").string(beginning(folder.data(), most_text));
  writer.key("exceptions").begin_array().begin_object();
  writer.key("message").string(beginning(error.message, most_text));
  writer.key("type").string(beginning(type_of(error), most_text));
  writer.key("stack").begin_array();
  for (const StackFrame& frame : error.stack) {
    if (most_frames-- == 0) break;
    writer.begin_object();
    writer.key("label").string(beginning(frame.label, most_text));
    writer.key("path").string(beginning(frame.path, most_text));
    writer.key("line").integer(frame.line);
    writer.end_object();
  }
  writer.end_array().end_object().end_array();
  writer.key("paths").begin_array().end_array();
  writer.end_object();
  return out;
}

void write_body(const HandlerError& error, std::size_t most_text, std::size_t most_frames,
                std::string& out) {
  json::Writer writer(out);
  writer.begin_object();
  writer.key("errorMessage").string(beginning(error.message, most_text));
  writer.key("errorType").string(beginning(type_of(error), most_text));
  writer.key("stackTrace").begin_array();
  for (const StackFrame& frame : error.stack) {
    if (most_frames-- == 0) break;
    writer.begin_object();
    writer.key("path").string(beginning(frame.path, most_text));
    writer.key("line").integer(frame.line);
    writer.key("label").string(beginning(frame.label, most_text));
    writer.end_object();
  }
  writer.end_array().end_object();
}

// How long each text and how many frames.
struct Size {
  std::size_t text;
  std::size_t frames;
};

}  // namespace

void write_error_body(const HandlerError& error, std::string& out) {
  write_body(error, std::string_view::npos, std::string_view::npos, out);
}

void write_short_error_body(const HandlerError& error, std::string& out) {
  constexpr Size kSizes[] = {{1024, 16}, {256, 8}, {64, 4}};
  for (const Size& size : kSizes) {
    out.clear();
    write_body(error, size.text, size.frames, out);
    if (out.size() <= kMostCause) return;
  }
}

std::string xray_cause(const HandlerError& error) {
  std::string out = cause(error, 1024, 16);
  if (out.size() > kMostCause) out = cause(error, 256, 8);
  // At most six bytes for one: that fits.
  if (out.size() > kMostCause) out = cause(error, 64, 4);
  return out;
}

std::string header_text(std::string_view type) {
  std::string text(beginning(type, kMostTypeHeader));
  for (char& c : text) {
    if (c <= ' ' || c >= '\x7f') c = '?';
  }
  return text;
}

}  // namespace thimble::ric
