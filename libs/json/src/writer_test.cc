#include <thimble/json/writer.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <thimble/json/query.h>
#include <thimble/json/reader.h>

namespace thimble::json {
namespace {

using std::operator""sv;

std::string quoted(std::string_view text, WriterOptions options = {}) {
  std::string out;
  Writer(out, options).string(text);
  EXPECT_TRUE(valid(out, {.lone_surrogates = LoneSurrogates::kReplace})) << out;
  return out;
}

std::string real(double value) {
  std::string out;
  Writer(out).real(value);
  return out;
}

TEST(Writer, PutsCommasAndColonsWhereTheyBelong) {
  std::string out;
  Writer writer(out);
  writer.begin_object()
      .key("a")
      .begin_array()
      .integer(1)
      .string("x")
      .boolean(true)
      .boolean(false)
      .null()
      .end_array();
  writer.key("b")
      .begin_object()
      .end_object()
      .key("c")
      .begin_array()
      .begin_array()
      .end_array()
      .begin_object();
  writer.end_object().end_array().key("d").real(0.5).end_object();
  EXPECT_EQ(out, R"({"a":[1,"x",true,false,null],"b":{},"c":[[],{}],"d":0.5})");
  EXPECT_TRUE(writer.complete());
}

TEST(Writer, AppendsToWhatIsThere) {
  std::string out = "data: ";
  Writer(out).begin_array().integer(1).end_array();
  EXPECT_EQ(out, "data: [1]");
}

TEST(Writer, SpacesThingsAsPythonDoes) {
  std::string out;
  Writer(out, {.spaced = true})
      .begin_object()
      .key("a")
      .begin_array()
      .integer(1)
      .integer(2)
      .end_array()
      .key("b")
      .begin_object()
      .end_object()
      .end_object();
  EXPECT_EQ(out, R"({"a": [1, 2], "b": {}})");
}

TEST(Writer, KnowsWhenAValueIsComplete) {
  std::string out;
  Writer writer(out);
  EXPECT_FALSE(writer.complete());
  writer.begin_array();
  EXPECT_FALSE(writer.complete());
  writer.integer(1);
  EXPECT_FALSE(writer.complete());
  writer.end_array();
  EXPECT_TRUE(writer.complete());
}

TEST(Writer, EscapesWhatAStringCannotHold) {
  EXPECT_EQ(quoted(""), R"("")");
  EXPECT_EQ(quoted("\"\\/"), R"("\"\\/")");
  EXPECT_EQ(quoted("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(quoted("\0\x01\x1f\x7f"sv), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(quoted("0123456789\n0123456789"), R"("0123456789\n0123456789")");
  EXPECT_EQ(quoted("\u00e9\u20ac\U0001f639"), "\"\u00e9\u20ac\U0001f639\"");
}

TEST(Writer, EscapesKeysLikeStrings) {
  std::string out;
  Writer(out, {.html_safe = true}).begin_object().key("<\n").null().end_object();
  EXPECT_EQ(out, R"({"\u003c\n":null})");
}

TEST(Writer, LeavesHtmlAloneUnlessToldNotTo) {
  EXPECT_EQ(quoted("<a>&\u2028\u2029"), "\"<a>&\u2028\u2029\"");
  EXPECT_EQ(quoted("<a>&\u2028\u2029\u2027\u202a\x7f", {.html_safe = true}),
            "\"\\u003ca\\u003e\\u0026\\u2028\\u2029\u2027\u202a\x7f\"");
}

TEST(Writer, WritesAsciiOnlyAsPythonDoes) {
  EXPECT_EQ(quoted("<a>&~ \x7f\u00e9\u20ac\U0001f639\U0010ffff", {.ascii = true}),
            R"("<a>&~ \u007f\u00e9\u20ac\ud83d\ude39\udbff\udfff")");
  EXPECT_EQ(quoted("\xff", {.ascii = true}), R"("\ufffd")");
}

TEST(Writer, WritesAsciiThatIsAlsoSafeInHtml) {
  EXPECT_EQ(quoted("<\u00e9", {.html_safe = true, .ascii = true}), R"("\u003c\u00e9")");
}

TEST(Writer, ReplacesEachIllFormedSequenceOnce) {
  EXPECT_EQ(quoted("a\xff"
                   "b"),
            "\"a\ufffdb\"");
  EXPECT_EQ(quoted("\xc3"), "\"\ufffd\"");
  EXPECT_EQ(quoted("\xc3\x28"), "\"\ufffd(\"");
  EXPECT_EQ(quoted("\xc0\xaf"), "\"\ufffd\ufffd\"");
  EXPECT_EQ(quoted("\xe2\x82"), "\"\ufffd\"");
  EXPECT_EQ(quoted("\xe2\x82x"), "\"\ufffdx\"");
  EXPECT_EQ(quoted("\xf0\x9f\x98"), "\"\ufffd\"");
  EXPECT_EQ(quoted("\xed\xa0\x80"), "\"\ufffd\ufffd\ufffd\"");
  // Unicode 16, table 3-11.
  EXPECT_EQ(quoted("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), "\"\ufffd\ufffd\ufffd\ufffdA\"");
}

TEST(Writer, KeepsLoneSurrogatesIfAsked) {
  EXPECT_EQ(quoted("a\xed\xa0\x80z", {.keep_surrogates = true}), R"("a\ud800z")");
  EXPECT_EQ(quoted("\xed\xbf\xbf", {.ascii = true, .keep_surrogates = true}), R"("\udfff")");
  EXPECT_EQ(quoted("\xed\xa0", {.keep_surrogates = true}), "\"\ufffd\ufffd\"");
}

TEST(Writer, WritesEveryIntegerWhole) {
  std::string out;
  Writer(out)
      .begin_array()
      .integer(std::numeric_limits<std::int64_t>::min())
      .integer(std::numeric_limits<std::int64_t>::max())
      .integer(std::numeric_limits<std::uint64_t>::max())
      .integer(0)
      .integer(static_cast<unsigned char>(7))
      .integer(-1L)
      .end_array();
  EXPECT_EQ(out, "[-9223372036854775808,9223372036854775807,18446744073709551615,0,7,-1]");
}

TEST(Writer, WritesTheShortestDigitsOfADouble) {
  EXPECT_EQ(real(0.1), "0.1");
  EXPECT_EQ(real(1), "1");
  EXPECT_EQ(real(-0.0), "-0");
  EXPECT_EQ(real(1e300), "1e+300");
  EXPECT_EQ(real(5e-324), "5e-324");
  EXPECT_EQ(real(-1.7976931348623157e308), "-1.7976931348623157e+308");
}

TEST(Writer, WritesNullForWhatJsonHasNoNumberFor) {
  EXPECT_EQ(real(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(real(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(real(-std::numeric_limits<double>::infinity()), "null");
}

TEST(Writer, WritesRawJsonAsItIs) {
  std::string out;
  Writer(out).begin_array().raw("{\"a\": 1}").raw("1e5").end_array();
  EXPECT_EQ(out, R"([{"a": 1},1e5])");
}

TEST(Writer, WritesStringsTheReaderReadsBackInEveryStyle) {
  std::string every;
  for (int c = 0; c < 0x80; ++c) every += static_cast<char>(c);
  every += "\u0080\u07ff\u0800\u2028\ud7ff\ue000\uffff\U00010000\U0010ffff";
  for (const WriterOptions options :
       {WriterOptions{}, WriterOptions{.html_safe = true}, WriterOptions{.ascii = true}}) {
    const std::string out = quoted(every, options);
    std::string scratch;
    EXPECT_EQ(Reader(out, scratch).read_string(), every);
  }
}

TEST(Writer, NestsAsDeepAsItIsTold) {
  std::string out;
  Writer writer(out);
  for (int i = 0; i < 200; ++i) writer.begin_object().key("k").begin_array();
  for (int i = 0; i < 200; ++i) writer.end_array().end_object();
  EXPECT_TRUE(writer.complete());
  EXPECT_TRUE(valid(out, {.max_depth = 400}));
}

#ifndef NDEBUG
TEST(WriterDeathTest, AssertsThatCallsAreInOrder) {
  std::string out;
  EXPECT_DEATH(Writer(out).begin_object().integer(1), "");
  EXPECT_DEATH(Writer(out).begin_object().key("a").end_object(), "");
  EXPECT_DEATH(Writer(out).begin_object().key("a").key("b"), "");
  EXPECT_DEATH(Writer(out).begin_object().end_array(), "");
  EXPECT_DEATH(Writer(out).begin_array().key("a"), "");
  EXPECT_DEATH(Writer(out).key("a"), "");
  EXPECT_DEATH(Writer(out).end_array(), "");
  EXPECT_DEATH(Writer(out).null().null(), "");
}
#endif

}  // namespace
}  // namespace thimble::json
