// What holds for all events.

#include "every_event.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <thimble/json/path.h>
#include <thimble/json/reader.h>

#include "fixture.h"

namespace thimble::events {
namespace {

class EveryEvent : public testing::TestWithParam<EventKind> {
 protected:
  std::string text_ = fixture(GetParam().fixture);

  // The text of the event once more, without white space, or why it was refused.
  static std::string rewritten(std::string_view text) {
    const auto result = GetParam().rewrite(text);
    if (!result) return result.error().message;
    EXPECT_TRUE(result->same) << text;
    return compact(result->text);
  }
};

// A value of a text.
struct Value {
  std::size_t begin;
  std::size_t size;
  json::Token kind;
};

std::vector<Value> values_of(std::string_view text) {
  using json::Token;
  std::string scratch;
  json::Reader in(text, scratch);
  std::vector<Value> values;
  std::vector<std::size_t> open;
  while (true) {
    const Token token = in.peek();
    const std::size_t begin = in.offset();
    switch (in.next()) {
      case Token::kError:
      case Token::kEnd:
        return values;
      case Token::kKey:
        break;
      case Token::kBeginObject:
      case Token::kBeginArray:
        open.push_back(values.size());
        values.push_back({begin, 0, token});
        break;
      case Token::kEndObject:
      case Token::kEndArray:
        values[open.back()].size = in.offset() - values[open.back()].begin;
        open.pop_back();
        break;
      default:
        values.push_back({begin, in.offset() - begin, token});
    }
  }
}

std::string replaced(std::string_view text, const Value& value, std::string_view by) {
  return std::string(text).replace(value.begin, value.size, by);
}

// Whether the event leaves to others what is at `path`.
bool holds_any_json(std::string_view path) {
  for (const std::string_view part :
       {"detail.", "detail[", "context.", "authorizer.lambda", "authorizer.tenant",
        "authorizer.principalId", "authorizer.integrationLatency", "cognitoIdentity",
        "claimsToAddOrOverride."}) {
    if (path.find(part) != std::string_view::npos) return true;
  }
  return path == "detail" || path.ends_with(".authorizer");
}

TEST_P(EveryEvent, IsWrittenAsItWasRead) {
  EXPECT_EQ(rewritten(text_), compact(text_));
}

TEST_P(EveryEvent, MayLackEverything) {
  const auto result = GetParam().rewrite("{}");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->same);
}

TEST_P(EveryEvent, MayHaveMore) {
  std::string more = text_;
  more.insert(1, R"("of the future": {"a": [1, null, {"b": "ü\u00fc\ud800"}]},)");
  const auto result = GetParam().rewrite(more);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->same);
}

TEST_P(EveryEvent, MayHaveEverythingTwice) {
  const std::string members = text_.substr(1, text_.rfind('}') - 1);
  EXPECT_EQ(rewritten("{" + members + "," + members + "}"), compact(text_));
}

TEST_P(EveryEvent, MayHaveNullAnywhereInside) {
  EXPECT_EQ(rewritten("null"), "expected an object at byte 0");
  for (const Value& value : values_of(text_)) {
    if (value.begin == 0) continue;
    const std::string text = replaced(text_, value, "null");
    const auto result = GetParam().rewrite(text);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_TRUE(result->same) << json::path_at(text, value.begin);
  }
}

TEST_P(EveryEvent, NamesAValueOfTheWrongType) {
  EXPECT_EQ(rewritten("[]"), "expected an object at byte 0");
  for (const Value& value : values_of(text_)) {
    if (value.begin == 0) continue;
    const bool number = value.kind == json::Token::kNumber;
    const std::string text = replaced(text_, value, number ? R"("x")" : "17");
    const std::string path = json::path_at(text, value.begin);
    const auto result = GetParam().rewrite(text);
    if (result) {
      EXPECT_TRUE(holds_any_json(path)) << path;
      continue;
    }
    const std::string& message = result.error().message;
    EXPECT_TRUE(message.starts_with(path + ": expected ")) << path << ": " << message;
    EXPECT_TRUE(message.ends_with(" at byte " + std::to_string(value.begin))) << message;
  }
}

TEST_P(EveryEvent, IsRefusedWhereverItEndsTooSoon) {
  const std::size_t whole = text_.rfind('}') + 1;
  for (std::size_t size = 0; size < whole; ++size) {
    // Of exactly this size, so that a sanitizer sees a read behind it.
    const auto bytes = std::make_unique<char[]>(size);
    text_.copy(bytes.get(), size);
    EXPECT_FALSE(GetParam().rewrite({bytes.get(), size})) << size;
  }
}

std::string name_of(const testing::TestParamInfo<EventKind>& info) {
  std::string name;
  for (const char c : info.param.fixture.substr(0, info.param.fixture.rfind("fixture"))) {
    if (c != '_' && c != '/') {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  name.pop_back();
  return name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryEvent, testing::ValuesIn(kEventKinds), name_of);

}  // namespace
}  // namespace thimble::events
