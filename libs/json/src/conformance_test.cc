// What is JSON and what is not, in the categories of JSONTestSuite: must be accepted, must be
// refused, and what RFC 8259 leaves open.

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <thimble/json/query.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

namespace thimble::json {
namespace {

using std::operator""sv;

// The tokens of `text`, written down again without white space; or the error.
std::string rewrite(std::string_view text, ReaderOptions options = {}, WriterOptions style = {}) {
  std::string scratch;
  std::string out;
  Reader in(text, scratch, options);
  Writer writer(out, style);
  while (true) {
    switch (in.next()) {
      case Token::kError:
        return in.error().message;
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
      case Token::kString:
        writer.string(in.text());
        break;
      case Token::kNumber:
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

struct Accepted {
  std::string_view text;
  std::string_view rewritten;
};

constexpr Accepted kAccepted[] = {
    // Structure and white space.
    {"{}", "{}"},
    {"[]", "[]"},
    {" [] ", "[]"},
    {"\t\n\r {\t\n\r } \t\n\r", "{}"},
    {"[[]]", "[[]]"},
    {"[[], [[]] ,[]]", "[[],[[]],[]]"},
    {"[{}]", "[{}]"},
    {"{\"a\":{}}", "{\"a\":{}}"},
    {"{\"a\" : [ ] , \"b\" : { } }", "{\"a\":[],\"b\":{}}"},
    {"{\"a\":[{\"b\":[{}]}]}", "{\"a\":[{\"b\":[{}]}]}"},
    {"[1\n,2]", "[1,2]"},
    {"[1,null,true,false,\"s\",{},[]]", "[1,null,true,false,\"s\",{},[]]"},
    {"[null, null]", "[null,null]"},
    // Any value may be the whole text.
    {"null", "null"},
    {"true", "true"},
    {"false", "false"},
    {" null\n", "null"},
    {"42", "42"},
    {"-0.1", "-0.1"},
    {"\"\"", "\"\""},
    {"\"asd\"", "\"asd\""},
    // Objects.
    {"{\"\":0}", "{\"\":0}"},
    {"{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"},
    {"{\"a\":1,\"a\":1}", "{\"a\":1,\"a\":1}"},
    {"{\"\\u0061\":1}", "{\"a\":1}"},
    {"{\"a\\\"b\":1}", "{\"a\\\"b\":1}"},
    {"{\"a\":null,\"b\":true}", "{\"a\":null,\"b\":true}"},
    {"{\"min\": -1.0e+28, \"max\": 1.0e+28}", "{\"min\":-1.0e+28,\"max\":1.0e+28}"},
    // Numbers, kept as they are written.
    {"0", "0"},
    {"-0", "-0"},
    {"-1", "-1"},
    {"10", "10"},
    {"0.0", "0.0"},
    {"-0.0", "-0.0"},
    {"123.456", "123.456"},
    {"1e1", "1e1"},
    {"1E1", "1E1"},
    {"1e+1", "1e+1"},
    {"1E-2", "1E-2"},
    {"0e1", "0e1"},
    {"0e+01", "0e+01"},
    {"1.5e0010", "1.5e0010"},
    {"[123e65]", "[123e65]"},
    {"[20e1 ]", "[20e1]"},
    {"[0.00000000000000000000000000001]", "[0.00000000000000000000000000001]"},
    {"123456789012345678901234567890", "123456789012345678901234567890"},
    {"-9223372036854775809", "-9223372036854775809"},
    // Beyond any double: RFC 8259 leaves it to the reader of the number, and so do we.
    {"1e400", "1e400"},
    {"-1e-400", "-1e-400"},
    {"1e99999999999999999999", "1e99999999999999999999"},
    {"0.4e006699999999999999999999999999999999999", "0.4e006699999999999999999999999999999999999"},
    // Strings and escapes.
    {R"("\"\\\/\b\f\n\r\t")", R"("\"\\/\b\f\n\r\t")"},
    {R"("\u0060\u012a\u12AB")", "\"`\u012a\u12ab\""},
    {R"("\u0000")", R"("\u0000")"},
    {R"("\u0001\u001f\u007f")", "\"\\u0001\\u001f\x7f\""},
    {R"("\u0022\u005c\u002f")", R"("\"\\/")"},
    {R"("\\u0000")", R"("\\u0000")"},
    {R"("\\n")", R"("\\n")"},
    {R"("\\\"")", R"("\\\"")"},
    {R"("a/*b*/c/*d//e")", R"("a/*b*/c/*d//e")"},
    {R"("\u00e9\u00E9")", "\"\u00e9\u00e9\""},
    {R"("\uffff\ufffe\ufdd0")", "\"\uffff\ufffe\ufdd0\""},
    {R"("\u2028\u2029\u200b\ufeff")", "\"\u2028\u2029\u200b\ufeff\""},
    {R"("\uD801\udc37")", "\"\U00010437\""},
    {R"("\ud83d\ude39\ud83d\udc8d")", "\"\U0001F639\U0001F48D\""},
    {R"("\uD834\uDd1e")", "\"\U0001D11E\""},
    {R"("\udbff\udfff")", "\"\U0010FFFF\""},
    {R"("\ud800\udc00")", "\"\U00010000\""},
    {"\"\x7f\"", "\"\x7f\""},
    {"\"\u0080\u07ff\"", "\"\u0080\u07ff\""},
    {"\"\u0800\ud7ff\ue000\uffff\"", "\"\u0800\ud7ff\ue000\uffff\""},
    {"\"\U00010000\U0010ffff\"", "\"\U00010000\U0010ffff\""},
    {"\"\u2028\u2029\"", "\"\u2028\u2029\""},
    {"\"\ufeff\"", "\"\ufeff\""},
    {"\"\u20ac\U0001d11e\"", "\"\u20ac\U0001d11e\""},
    {"\"1234567\"", "\"1234567\""},
    {"\"12345678\"", "\"12345678\""},
    {"\"1234567890123456\"", "\"1234567890123456\""},
    {"\"12345678\\n12345678\"", "\"12345678\\n12345678\""},
    {"[\"a\",\"\\u0012\"]", "[\"a\",\"\\u0012\"]"},
};

struct Refused {
  std::string_view text;
  std::string_view message;
};

constexpr Refused kRefused[] = {
    // Nothing, or not enough.
    {"", "expected a value at byte 0, the end of the text"},
    {" ", "expected a value at byte 1, the end of the text"},
    {"[", "expected a value at byte 1, the end of the text"},
    {"{", "expected a key at byte 1, the end of the text"},
    {"[1", "expected ',' or ']' at byte 2, the end of the text"},
    {"[1,", "expected a value at byte 3, the end of the text"},
    {"[\"a\"", "expected ',' or ']' at byte 4, the end of the text"},
    {"{\"a\"", "expected ':' at byte 4, the end of the text"},
    {"{\"a\":", "expected a value at byte 5, the end of the text"},
    {"{\"a\":1", "expected ',' or '}' at byte 6, the end of the text"},
    {"{\"a\":1,", "expected a key at byte 7, the end of the text"},
    {"[[]", "expected ',' or ']' at byte 3, the end of the text"},
    {"[{", "expected a key at byte 2, the end of the text"},
    {"[{\"a\":[", "expected a value at byte 7, the end of the text"},
    {"[1,\n1\n,1", "expected ',' or ']' at byte 8, the end of the text"},
    // Too much.
    {"[]]", "unexpected text after the value at byte 2"},
    {"{}}", "unexpected text after the value at byte 2"},
    {"[][]", "unexpected text after the value at byte 2"},
    {"1 2", "unexpected text after the value at byte 2"},
    {"1,", "unexpected text after the value at byte 1"},
    {"\"a\"\"b\"", "unexpected text after the value at byte 3"},
    {"{}#", "unexpected text after the value at byte 2"},
    {"{} // no", "unexpected text after the value at byte 3"},
    {"[1]x", "unexpected text after the value at byte 3"},
    {"null\0"sv, "unexpected text after the value at byte 4"},
    {"123\0"sv, "unexpected text after the value at byte 3"},
    {"nulll", "unexpected text after the value at byte 4"},
    {"truefalse", "unexpected text after the value at byte 4"},
    {"2@", "unexpected text after the value at byte 1"},
    // Commas.
    {"[1,]", "trailing comma at byte 2"},
    {"[1 , ]", "trailing comma at byte 3"},
    {"[\"\",]", "trailing comma at byte 3"},
    {"{\"a\":0,}", "trailing comma at byte 6"},
    {"{\"a\":{\"b\":0,},}", "trailing comma at byte 11"},
    {"[,]", "expected a value at byte 1"},
    {"[,1]", "expected a value at byte 1"},
    {"[1,,2]", "expected a value at byte 3"},
    {"[1,,]", "expected a value at byte 3"},
    {"{,}", "expected a key at byte 1"},
    {"{\"a\":0,,\"b\":1}", "expected a key at byte 7"},
    {"[1 2]", "expected ',' or ']' at byte 3"},
    {"[1 true]", "expected ',' or ']' at byte 3"},
    {"[\"a\" \"b\"]", "expected ',' or ']' at byte 5"},
    {"[1;2]", "expected ',' or ']' at byte 2"},
    {"{\"a\":0 \"b\":1}", "expected ',' or '}' at byte 7"},
    {"{\"a\":\"b\"]", "expected ',' or '}' at byte 8"},
    {"[1}", "expected ',' or ']' at byte 2"},
    {"[\"a\":1]", "expected ',' or ']' at byte 4"},
    {"[1:2]", "expected ',' or ']' at byte 2"},
    {"[\"x\", truth]", "expected a value at byte 6"},
    // Brackets that do not fit.
    {"]", "expected a value at byte 0"},
    {"}", "expected a value at byte 0"},
    {"[}", "expected a value at byte 1"},
    {"{]", "expected a key at byte 1"},
    {"{[", "expected a key at byte 1"},
    {"[1,}", "expected a value at byte 3"},
    {"{\"a\":}", "expected a value at byte 5"},
    {"{\"a\":]", "expected a value at byte 5"},
    {"(1)", "expected a value at byte 0"},
    {"<null>", "expected a value at byte 0"},
    {"[<null>]", "expected a value at byte 1"},
    // Keys.
    {"{a:1}", "expected a key at byte 1"},
    {"{'a':1}", "expected a key at byte 1"},
    {"{1:1}", "expected a key at byte 1"},
    {"{null:null}", "expected a key at byte 1"},
    {"{[]:1}", "expected a key at byte 1"},
    {"{\"a\":1,b:2}", "expected a key at byte 7"},
    {"{\"a\" 1}", "expected ':' at byte 5"},
    {"{\"a\",1}", "expected ':' at byte 4"},
    {"{\"a\"=1}", "expected ':' at byte 4"},
    {"{\"a\"}", "expected ':' at byte 4"},
    {"{\"a\"::1}", "expected a value at byte 5"},
    {"{:1}", "expected a key at byte 1"},
    {"{\"a", "unterminated string at byte 1"},
    {"{\"\\q\":1}", "invalid escape at byte 2"},
    {"{\"\x01\":1}", "control character in a string at byte 2"},
    {"{\"\xff\":1}", "invalid UTF-8 at byte 2"},
    // Words.
    {"nul", "expected a value at byte 0"},
    {"tru", "expected a value at byte 0"},
    {"fals", "expected a value at byte 0"},
    {"True", "expected a value at byte 0"},
    {"FALSE", "expected a value at byte 0"},
    {"None", "expected a value at byte 0"},
    {"undefined", "expected a value at byte 0"},
    {"NaN", "expected a value at byte 0"},
    {"[NaN]", "expected a value at byte 1"},
    {"[Infinity]", "expected a value at byte 1"},
    {"[n\0ll]"sv, "expected a value at byte 1"},
    {"*", "expected a value at byte 0"},
    {"/* no */ 1", "expected a value at byte 0"},
    {"[1, // no\n2]", "expected a value at byte 4"},
    // Numbers.
    {"-", "expected a digit at byte 1, the end of the text"},
    {"[-]", "expected a digit at byte 2"},
    {"--1", "expected a digit at byte 1"},
    {"+1", "expected a value at byte 0"},
    {"[+Inf]", "expected a value at byte 1"},
    {"-Infinity", "expected a digit at byte 1"},
    {"-NaN", "expected a digit at byte 1"},
    {"- 1", "expected a digit at byte 1"},
    {"-a", "expected a digit at byte 1"},
    {".5", "expected a value at byte 0"},
    {"-.5", "expected a digit at byte 1"},
    {"1.", "expected a digit at byte 2, the end of the text"},
    {"[1.]", "expected a digit at byte 3"},
    {"[2.e3]", "expected a digit at byte 3"},
    {"1.5.5", "unexpected text after the value at byte 3"},
    {"1e", "expected a digit at byte 2, the end of the text"},
    {"1e+", "expected a digit at byte 3, the end of the text"},
    {"[1e-]", "expected a digit at byte 4"},
    {"1ee2", "expected a digit at byte 2"},
    {"1e1.5", "unexpected text after the value at byte 3"},
    {"0e", "expected a digit at byte 2, the end of the text"},
    {"0.e1", "expected a digit at byte 2"},
    {"01", "leading zero at byte 0"},
    {"-01", "leading zero at byte 1"},
    {"[012]", "leading zero at byte 1"},
    {"00", "leading zero at byte 0"},
    {"-00.5", "leading zero at byte 1"},
    {"0x42", "unexpected text after the value at byte 1"},
    {"[1a]", "expected ',' or ']' at byte 2"},
    {"[1 000.0]", "expected ',' or ']' at byte 3"},
    {"1_000", "unexpected text after the value at byte 1"},
    {"[1eE2]", "expected a digit at byte 3"},
    {"\xef\xbc\x91", "expected a value at byte 0"},
    {"[1\xe5]", "expected ',' or ']' at byte 2"},
    // Strings and escapes.
    {"\"", "unterminated string at byte 0"},
    {"[\"a", "unterminated string at byte 1"},
    {"'a'", "expected a value at byte 0"},
    {"[abc\"]", "expected a value at byte 1"},
    {"\"\\", "unterminated string at byte 0"},
    {"\"\\\"", "unterminated string at byte 0"},
    {"\"\\\\\\\"", "unterminated string at byte 0"},
    {"\"12345678", "unterminated string at byte 0"},
    {"\"a\tb\"", "control character in a string at byte 2"},
    {"\"a\nb\"", "control character in a string at byte 2"},
    {"\"\0\""sv, "control character in a string at byte 1"},
    {"\"a\0a\""sv, "control character in a string at byte 2"},
    {"\"1234567890\x1f\"", "control character in a string at byte 11"},
    {R"("\a")", "invalid escape at byte 1"},
    {R"("\x00")", "invalid escape at byte 1"},
    {R"("\'")", "invalid escape at byte 1"},
    {R"("\0")", "invalid escape at byte 1"},
    {R"("\U0041")", "invalid escape at byte 1"},
    {R"("\ ")", "invalid escape at byte 1"},
    {"\"\\\0\""sv, "invalid escape at byte 1"},
    {"\"\\\n\"", "invalid escape at byte 1"},
    {"\"\\\xe5\"", "invalid escape at byte 1"},
    {R"("\u")", "invalid escape at byte 1"},
    {R"("\u0")", "invalid escape at byte 1"},
    {R"("\u00A")", "invalid escape at byte 1"},
    {R"("\u00AG")", "invalid escape at byte 1"},
    {R"("\u 041")", "invalid escape at byte 1"},
    {R"("\u+041")", "invalid escape at byte 1"},
    {R"("\u004)", "invalid escape at byte 1"},
    {R"("\u{41}")", "invalid escape at byte 1"},
    {R"("\uD800\u")", "lone surrogate at byte 1"},
    {R"("\uD800\u1")", "lone surrogate at byte 1"},
    {R"("\uD834\uDd)", "lone surrogate at byte 1"},
    {R"("\u0041\u00zz")", "invalid escape at byte 7"},
    // Not UTF-8.
    {"\"\xff\"", "invalid UTF-8 at byte 1"},
    {"\"\x80\"", "invalid UTF-8 at byte 1"},
    {"\"\xbf\xbf\"", "invalid UTF-8 at byte 1"},
    {"\"ab\xe9\"", "invalid UTF-8 at byte 3"},
    {"\"\xc0\xaf\"", "invalid UTF-8 at byte 1"},
    {"\"\xc1\xbf\"", "invalid UTF-8 at byte 1"},
    {"\"\xc2\"", "invalid UTF-8 at byte 1"},
    {"\"\xc3\x28\"", "invalid UTF-8 at byte 1"},
    {"\"\xe0\x9f\xbf\"", "invalid UTF-8 at byte 1"},
    {"\"\xe2\x82\"", "invalid UTF-8 at byte 1"},
    {"\"\xe2\x28\xa1\"", "invalid UTF-8 at byte 1"},
    {"\"\xed\xa0\x80\"", "invalid UTF-8 at byte 1"},
    {"\"\xed\xbf\xbf\"", "invalid UTF-8 at byte 1"},
    {"\"\xf0\x8f\xbf\xbf\"", "invalid UTF-8 at byte 1"},
    {"\"\xf0\x9f\x98\"", "invalid UTF-8 at byte 1"},
    {"\"\xf0\x9f\x98", "invalid UTF-8 at byte 1"},
    {"\"\xf4\x90\x80\x80\"", "invalid UTF-8 at byte 1"},
    {"\"\xf5\x80\x80\x80\"", "invalid UTF-8 at byte 1"},
    {"\"\xf8\x88\x80\x80\x80\"", "invalid UTF-8 at byte 1"},
    {"\"\xfc\x83\xbf\xbf\xbf\xbf\"", "invalid UTF-8 at byte 1"},
    {"\"12345678\u00e9\xe9\"", "invalid UTF-8 at byte 11"},
    {"\xe5", "expected a value at byte 0"},
    {"[\xff]", "expected a value at byte 1"},
    // White space that is not JSON's, byte order marks, other encodings.
    {"[\f]", "expected a value at byte 1"},
    {"[\v1]", "expected a value at byte 1"},
    {"\xc2\xa0[]", "expected a value at byte 0"},
    {"[\xe2\x81\xa0]", "expected a value at byte 1"},
    {"\0[]"sv, "expected a value at byte 0"},
    {"\xef\xbb\xbf[]", "byte order mark at byte 0"},
    {"\xef\xbb\xbf", "byte order mark at byte 0"},
    {"\xef\xbb{}", "expected a value at byte 0"},
    {"\xff\xfe[\0]\0"sv, "expected a value at byte 0"},
    {"\0[\0\"\0\xe9\0\"\0]"sv, "expected a value at byte 0"},
    {"[\0]\0"sv, "expected a value at byte 1"},
};

TEST(Conformance, AcceptsWhatIsJsonAndKeepsItsMeaning) {
  for (const auto& [text, rewritten] : kAccepted) {
    EXPECT_EQ(rewrite(text), rewritten) << text;
    EXPECT_TRUE(valid(text)) << text;
    EXPECT_EQ(rewrite(rewritten), rewritten) << text;
  }
}

TEST(Conformance, RefusesWhatIsNotJsonAndSaysWhereAndWhy) {
  for (const auto& [text, message] : kRefused) {
    EXPECT_EQ(rewrite(text), message) << text;
    EXPECT_FALSE(valid(text)) << text;
  }
}

TEST(Conformance, RefusesEveryBeginningOfAnObject) {
  const std::string_view text =
      R"({"a":[1.5e3,-0,"\u00e9\ud83d\ude39é\\"],"b":{"c":null,"d":[true,false,{}]}})";
  ASSERT_TRUE(valid(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(valid(text.substr(0, size))) << text.substr(0, size);
  }
}

TEST(Conformance, RefusesEveryControlCharacterInAString) {
  for (char c = 0; c < 0x20; ++c) {
    for (const std::size_t before : {0U, 3U, 7U, 8U, 20U}) {
      EXPECT_FALSE(valid('"' + std::string(before, 'x') + c + "0123456789\""))
          << static_cast<int>(c);
    }
  }
}

TEST(Conformance, FindsTheEndOfAStringAtEveryOffset) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string inside(size, 'x');
    EXPECT_EQ(rewrite('"' + inside + '"'), '"' + inside + '"');
    EXPECT_EQ(rewrite('"' + inside + "\\t\""), '"' + inside + "\\t\"");
    EXPECT_EQ(rewrite('"' + inside + "\u00e9\""), '"' + inside + "\u00e9\"");
    EXPECT_EQ(rewrite('"' + inside), "unterminated string at byte 0");
  }
}

TEST(Conformance, AgreesWithTheUnicodeTableOnEveryTwoByteBeginning) {
  for (int lead = 0x80; lead < 0x100; ++lead) {
    for (int second = 0; second < 0x100; ++second) {
      const int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      std::string text = {'"', static_cast<char>(lead), static_cast<char>(second)};
      text.append(static_cast<std::size_t>(length) - 2, '\x80');
      text += '"';
      bool expected = second >= 0x80 && second < 0xC0 && lead >= 0xC2 && lead <= 0xF4;
      if (lead == 0xE0) expected = expected && second >= 0xA0;
      if (lead == 0xED) expected = expected && second < 0xA0;
      if (lead == 0xF0) expected = expected && second >= 0x90;
      if (lead == 0xF4) expected = expected && second < 0x90;
      EXPECT_EQ(valid(text), expected) << lead << ' ' << second;
    }
  }
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Conformance, NestsUpToTheLimitAndNoDeeper) {
  EXPECT_EQ(rewrite(nested(128)), nested(128));
  EXPECT_EQ(rewrite(nested(129)), "nested too deep at byte 128");
  EXPECT_EQ(rewrite("[[],[[]]]", {.max_depth = 2}), "nested too deep at byte 5");
  EXPECT_EQ(rewrite("[]", {.max_depth = 0}), "nested too deep at byte 0");
  EXPECT_EQ(rewrite("1", {.max_depth = 0}), "1");
}

TEST(Conformance, TakesALimitBeyondTheGreatestForTheGreatest) {
  EXPECT_TRUE(valid(nested(1024), {.max_depth = 1'000'000}));
  EXPECT_FALSE(valid(nested(1025), {.max_depth = 1'000'000}));
}

TEST(Conformance, SurvivesAHundredThousandBrackets) {
  EXPECT_FALSE(valid(std::string(100'000, '[')));
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "[{\"\":";
  EXPECT_FALSE(valid(text, {.max_depth = 1024}));
}

TEST(Conformance, TellsObjectsFromArraysAtEveryDepth) {
  std::string text = "null";
  for (int i = 0; i < 500; ++i) text = i % 3 == 0 ? '[' + text + ']' : "{\"k\":" + text + '}';
  EXPECT_EQ(rewrite(text, {.max_depth = 500}), text);
}

struct Surrogates {
  std::string_view text;
  std::string_view replaced;
  std::string_view kept;
};

// RFC 8259 section 8.2: what these mean is "unpredictable".
constexpr Surrogates kLoneSurrogates[] = {
    {R"("\ud800")", "\"\ufffd\"", R"("\ud800")"},
    {R"("\udfff")", "\"\ufffd\"", R"("\udfff")"},
    // The edges of the two halves.
    {R"("\udc00\udc00")", "\"\ufffd\ufffd\"", R"("\udc00\udc00")"},
    {R"("\udbff\udbff")", "\"\ufffd\ufffd\"", R"("\udbff\udbff")"},
    {R"("\udbff\ue000")", "\"\ufffd\ue000\"", "\"\\udbff\ue000\""},
    {R"("\udfff\udc00")", "\"\ufffd\ufffd\"", R"("\udfff\udc00")"},
    {R"("\uDADA")", "\"\ufffd\"", R"("\udada")"},
    {R"("\uD888\u1234")", "\"\ufffd\u1234\"", "\"\\ud888\u1234\""},
    {R"("\uD800\n")", "\"\ufffd\\n\"", R"("\ud800\n")"},
    {R"("\uD800abc\udc00")", "\"\ufffdabc\ufffd\"", R"("\ud800abc\udc00")"},
    {R"("\ud800\ud800\n")", "\"\ufffd\ufffd\\n\"", R"("\ud800\ud800\n")"},
    {R"("\ud800\ud800\udc00")", "\"\ufffd\U00010000\"", "\"\\ud800\U00010000\""},
    {R"("\uDd1e\uD834")", "\"\ufffd\ufffd\"", R"("\udd1e\ud834")"},
    {R"("\ud800\\udc00")", "\"\ufffd\\\\udc00\"", R"("\ud800\\udc00")"},
    {"\"\\ud800\u00e9\"", "\"\ufffd\u00e9\"", "\"\\ud800\u00e9\""},
    {R"({"\ud83d":1})", "{\"\ufffd\":1}", R"({"\ud83d":1})"},
};

TEST(Conformance, RefusesReplacesOrKeepsALoneSurrogateAsTold) {
  for (const auto& [text, replaced, kept] : kLoneSurrogates) {
    EXPECT_TRUE(rewrite(text).starts_with("lone surrogate at byte "))
        << text << ": " << rewrite(text);
    EXPECT_EQ(rewrite(text, {.lone_surrogates = LoneSurrogates::kReplace}), replaced) << text;
    EXPECT_EQ(rewrite(text, {.lone_surrogates = LoneSurrogates::kKeep}, {.keep_surrogates = true}),
              kept)
        << text;
  }
}

TEST(Conformance, RefusesABrokenEscapeAfterASurrogateHoweverLenient) {
  for (const auto lone : {LoneSurrogates::kReplace, LoneSurrogates::kKeep}) {
    EXPECT_EQ(rewrite(R"("\ud800\u12")", {.lone_surrogates = lone}), "invalid escape at byte 7");
    EXPECT_EQ(rewrite("\"\xed\xa0\x80\"", {.lone_surrogates = lone}), "invalid UTF-8 at byte 1");
  }
}

}  // namespace
}  // namespace thimble::json
