#include "write.h"

#include <thimble/base/base64.h>

namespace thimble::events::detail {

void write_object(Out& out, const void* object, const WriteTable& table) {
  out.writer.begin_object();
  for (std::size_t i = 0; i < table.size; ++i) {
    const WriteEntry& entry = table.entries[i];
    entry.write(out, entry.name, object);
  }
  if (table.unknown != nullptr) {
    for (const auto& [name, value] : table.unknown(object)) {
      out.writer.key(name);
      write_value(out, value);
    }
  }
  out.writer.end_object();
}

void write_text(std::string& text, const void* object, const WriteTable& table) {
  Out out{json::Writer(text)};
  write_object(out, object, table);
}

void write_value(Out& out, const std::string& value) {
  out.writer.string(value);
}

void write_value(Out& out, const RawJson& value) {
  out.writer.raw(value.text.empty() ? std::string_view("null") : value.text);
}

void write_value(Out& out, std::int64_t value) {
  out.writer.integer(value);
}

void write_base64(Out& out, const std::string& bytes) {
  out.writer.string(base64_encode(bytes));
}

void write_base64(Out& out, const std::optional<std::string>& bytes) {
  write_base64(out, *bytes);
}

void write_base64(Out& out, const std::vector<std::string>& list) {
  out.writer.begin_array();
  for (const std::string& bytes : list) write_base64(out, bytes);
  out.writer.end_array();
}

}  // namespace thimble::events::detail
