// Reads any bytes as JSON and as a string to write, and holds the reader and the writer to each
// other.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/json/number.h>
#include <thimble/json/path.h>
#include <thimble/json/query.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

#include "check.h"

namespace {

using namespace thimble::json;
using thimble::fuzz::check;

// Converts a number both ways that there are.
void check_number(std::string_view text) {
  std::string scratch;
  const auto integer = to_int64(text);
  Reader in(text, scratch);
  check(in.read_int64() == integer.value_or(0), "both ways to an integer agree");
  check(in.finish().has_value() == integer.has_value(), "both ways to an integer fail alike");

  const auto real = to_double(text);
  if (!real) return;
  std::string shortest;
  Writer(shortest).real(*real);
  check(to_double(shortest).value() == *real, "a double is read back as it was");
}

// Writes down again what `text` holds, in another style; empty if it is not JSON.
std::string rewrite(std::string_view text, const ReaderOptions& options,
                    const WriterOptions& style) {
  std::string scratch;
  std::string out;
  Reader in(text, scratch, options);
  Writer writer(out, style);
  while (true) {
    const Token announced = in.peek();
    const Token token = in.next();
    check(token == announced || token == Token::kError, "a token is what peek() said");
    check(in.offset() <= text.size(), "an offset is inside of the text");
    switch (token) {
      case Token::kError:
        check(!in.error().message.empty() && in.problem() != Problem::kNone,
              "an error is explained");
        return {};
      case Token::kEnd:
        check(writer.complete(), "what is read to its end is complete");
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
      case Token::kString:
        writer.string(in.text());
        break;
      case Token::kNumber:
        check_number(in.raw());
        writer.raw(in.raw());
        break;
      case Token::kTrue:
        writer.boolean(true);
        break;
      case Token::kFalse:
        writer.boolean(false);
        break;
      case Token::kNull:
        writer.null();
        break;
    }
  }
}

void check_text(std::string_view text) {
  for (const auto lone :
       {LoneSurrogates::kReject, LoneSurrogates::kReplace, LoneSurrogates::kKeep}) {
    const ReaderOptions options{.max_depth = 200, .lone_surrogates = lone};
    const bool keep = lone == LoneSurrogates::kKeep;
    const std::string plain = rewrite(text, options, {.keep_surrogates = keep});
    check(plain.empty() != valid(text, options), "reading tokens and skipping them agree");
    if (plain.empty()) continue;

    for (const bool flag : {false, true}) {
      const WriterOptions style{
          .html_safe = !flag, .ascii = flag, .spaced = flag, .keep_surrogates = keep};
      const std::string styled = rewrite(plain, options, style);
      check(rewrite(styled, options, {.keep_surrogates = keep}) == plain, "style means nothing");
    }
  }
}

// Reads `text` with typed reads that do not care what is there.
void wander(std::string_view text) {
  std::string scratch;
  Reader in(text, scratch);
  for (std::size_t step = 0; in.problem() == Problem::kNone && step < text.size() + 8; ++step) {
    switch (in.peek()) {
      case Token::kBeginObject:
        in.enter_object();
        break;
      case Token::kKey:
      case Token::kEndObject:
        in.next_key();
        break;
      case Token::kBeginArray:
        step % 3 == 0 ? (void)in.skip_value() : (void)in.enter_array();
        break;
      case Token::kEndArray:
        in.next_element();
        break;
      case Token::kString:
        in.read_string();
        break;
      case Token::kNumber:
        step % 2 == 0 ? (void)in.read_int64() : (void)in.read_double();
        break;
      case Token::kTrue:
      case Token::kFalse:
        in.read_bool();
        break;
      case Token::kNull:
        in.read_null();
        break;
      case Token::kEnd:
        check(in.finish().has_value(), "the end is the end");
        return;
      case Token::kError:
        return;
    }
  }
}

void check_string(std::string_view bytes) {
  for (const WriterOptions& style :
       {WriterOptions{}, WriterOptions{.html_safe = true}, WriterOptions{.ascii = true}}) {
    std::string once;
    Writer(once, style).string(bytes);
    std::string scratch;
    Reader in(once, scratch);
    const std::string decoded(in.read_string());
    check(in.finish().has_value(), "what the writer wrote is JSON");
    std::string twice;
    Writer(twice, style).string(decoded);
    check(once == twice, "what was read is written as it was");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_text(text);
  check_string(text);
  wander(text);
  // The way to somewhere that depends on the input.
  check(path_at(text, size == 0 ? 0 : data[size / 2] % (size + 1)).size() <= 80 * (size + 1),
        "a path is no longer than its text, give or take");
  const auto found = find_member(text, "a");
  if (found) check(valid(found->value_or("null")), "a member that was found is JSON");
  return 0;
}
