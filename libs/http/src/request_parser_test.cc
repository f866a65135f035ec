#include "request_parser.h"

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace thimble::http {
namespace {

using State = RequestParser::State;

constexpr RequestParser::Limits kLimits{.head_bytes = 32 * 1024, .headers = 100};
constexpr std::string_view kStart = "GET /a?b=c HTTP/1.1\r\nHost: localhost\r\n";

// What came of a head: everything a caller can see, copied.
struct Head {
  State state = State::kNeedsMore;
  std::size_t used = 0;
  int status = 0;
  std::string reason;
  std::string method, target, path, query;
  std::vector<std::pair<std::string, std::string>> headers;
  bool is_http_1_0 = false, wants_close = false, is_chunked = false;
  std::size_t content_length = 0;

  bool operator==(const Head&) const = default;
};

void PrintTo(const Head& head, std::ostream* out) {  // NOLINT: GoogleTest's name
  *out << "state " << static_cast<int>(head.state) << ", used " << head.used << ", status "
       << head.status << " '" << head.reason << "', " << head.method << ' ' << head.target;
  for (const auto& [name, value] : head.headers) *out << '|' << name << ": " << value;
}

Head copy_of(const RequestParser& parser, const RequestParser::Progress& progress,
             const Request& request) {
  Head head;
  head.state = progress.state;
  head.used = progress.used;
  if (progress.state == State::kRefused) {
    head.used = 0;  // where it was noticed does not matter
    head.status = progress.status;
    head.reason = progress.reason;
    return head;
  }
  if (progress.state == State::kNeedsMore) return head;
  head.method = request.method;
  head.target = request.target;
  head.path = request.path;
  head.query = request.query;
  for (const Header& header : request.headers) {
    head.headers.emplace_back(header.name, header.value);
  }
  head.is_http_1_0 = request.is_http_1_0;
  head.wants_close = request.wants_close;
  head.is_chunked = parser.is_chunked();
  if (!head.is_chunked) head.content_length = parser.content_length();
  return head;
}

// Each time in a heap block of exactly its size, at another address: a socket's buffer moves too.
Head parse_prefix(RequestParser& parser, std::string_view text) {
  const std::unique_ptr<char[]> block(new char[text.size()]);
  text.copy(block.get(), text.size());
  Request request;
  const auto progress = parser.parse_head({block.get(), text.size()}, request);
  return copy_of(parser, progress, request);
}

Head parse_at_once(std::string_view text) {
  RequestParser parser(kLimits);
  return parse_prefix(parser, text);
}

// With the bytes that have come after each of `ends`, as a connection would.
Head parse_in_steps(std::string_view text, const std::vector<std::size_t>& ends) {
  RequestParser parser(kLimits);
  for (const std::size_t end : ends) {
    Head head = parse_prefix(parser, text.substr(0, end));
    if (head.state != State::kNeedsMore) return head;
  }
  return parse_prefix(parser, text);
}

Head parse_byte_by_byte(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t end = 1; end < text.size(); ++end) ends.push_back(end);
  return parse_in_steps(text, ends);
}

// However the bytes come, the result is the same.
Head parse_every_way(std::string_view text) {
  Head head = parse_at_once(text);
  EXPECT_EQ(parse_byte_by_byte(text), head) << text;
  for (std::size_t split = 1; split < text.size(); ++split) {
    EXPECT_EQ(parse_in_steps(text, {split}), head) << "split at " << split << " of\n" << text;
  }
  return head;
}

std::string with(std::string_view lines) {
  return std::string(kStart) + std::string(lines) + "\r\n";
}

// --- Good heads

TEST(RequestParser, ReadsRequestLineAndHeaders) {
  const Head head = parse_every_way(
      "POST /2015-03-31/x%20y?q=1?2 HTTP/1.1\r\n"
      "Host: localhost:8080\r\n"
      "X-Padded: \t in the middle \t\r\n"
      "X-Empty:\r\n"
      "x-again: \xc3\xa4\r\n"
      "X-Again: 2\r\n"
      "Content-Length: 5\r\n"
      "\r\n");
  EXPECT_EQ(head.state, State::kDone);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/2015-03-31/x%20y?q=1?2");
  EXPECT_EQ(head.path, "/2015-03-31/x%20y");
  EXPECT_EQ(head.query, "q=1?2");
  EXPECT_EQ(head.content_length, 5U);
  EXPECT_FALSE(head.is_chunked);
  EXPECT_FALSE(head.is_http_1_0);
  EXPECT_FALSE(head.wants_close);
  const std::vector<std::pair<std::string, std::string>> expected{{"Host", "localhost:8080"},
                                                                  {"X-Padded", "in the middle"},
                                                                  {"X-Empty", ""},
                                                                  {"x-again", "\xc3\xa4"},
                                                                  {"X-Again", "2"},
                                                                  {"Content-Length", "5"}};
  EXPECT_EQ(head.headers, expected);
}

TEST(RequestParser, UsesNoByteAfterTheHead) {
  const std::string head = with("Content-Length: 3\r\n");
  EXPECT_EQ(parse_at_once(head + "abcGET / HTTP/1.1\r\n").used, head.size());
}

TEST(RequestParser, ReadsOneHeadAfterAnother) {
  RequestParser parser(kLimits);
  EXPECT_EQ(parse_prefix(parser, with("Transfer-Encoding: chunked\r\nA: 1\r\n")).headers.size(),
            3U);
  const Head second = parse_prefix(parser, with("Content-Length: 2\r\n"));
  EXPECT_EQ(second.state, State::kDone);
  EXPECT_EQ(second.headers.size(), 2U);
  EXPECT_FALSE(second.is_chunked);
  EXPECT_EQ(second.content_length, 2U);
  EXPECT_EQ(parse_prefix(parser, with("")).content_length, 0U);
}

TEST(RequestParser, KnowsHowTheBodyIsFramed) {
  EXPECT_TRUE(parse_every_way(with("Transfer-Encoding: chunked\r\n")).is_chunked);
  EXPECT_TRUE(parse_every_way(with("transfer-encoding: CHUNKED\r\n")).is_chunked);
  EXPECT_EQ(parse_every_way(with("Content-Length: 0\r\n")).content_length, 0U);
  EXPECT_EQ(parse_every_way(with("Content-Length: 18446744073709551615\r\n")).content_length,
            18446744073709551615U);
  EXPECT_EQ(parse_every_way(with("")).content_length, 0U);
}

TEST(RequestParser, TakesTheAuthorityOffAnAbsoluteTarget) {
  const Head head =
      parse_every_way("GET http://example.org:80/a?b HTTP/1.1\r\nHost: example.org\r\n\r\n");
  EXPECT_EQ(head.path, "/a");
  EXPECT_EQ(head.query, "b");
  EXPECT_EQ(parse_every_way("GET http://example.org HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
}

struct Closing {
  std::string_view version;
  std::string_view connection;
  bool wants_close;
};

// RFC 9112 section 9.3.
constexpr Closing kClosings[] = {
    {"1.1", "", false},
    {"1.1", "Connection: close\r\n", true},
    {"1.1", "connection: CLOSE\r\n", true},
    {"1.1", "Connection: keep-alive\r\n", false},
    {"1.1", "Connection: keep-alive, close\r\n", true},
    {"1.1", "Connection: keep-alive\r\nConnection: \t Close\r\n", true},
    {"1.1", "Connection: closed\r\n", false},
    {"1.1", "Connection: x-close,upgrade\r\n", false},
    {"1.0", "", true},
    {"1.0", "Connection: Keep-Alive\r\n", false},
    {"1.0", "Connection: keep-alive, close\r\n", true},
    {"1.0", "Connection: close\r\nConnection: keep-alive\r\n", true},
};

TEST(RequestParser, KnowsWhenTheConnectionEnds) {
  for (const Closing& closing : kClosings) {
    const std::string text = "GET / HTTP/" + std::string(closing.version) + "\r\nHost: a\r\n" +
                             std::string(closing.connection) + "\r\n";
    const Head head = parse_every_way(text);
    ASSERT_EQ(head.state, State::kDone) << text;
    EXPECT_EQ(head.wants_close, closing.wants_close) << text;
    EXPECT_EQ(head.is_http_1_0, closing.version == "1.0");
  }
}

TEST(TakeListItem, TakesOneAfterAnotherWithoutTheWhiteSpace) {
  std::string_view list = "a,\t b b ,, C";
  for (const std::string_view item : {"a", "b b", "", "C"}) {
    EXPECT_FALSE(list.empty());
    EXPECT_EQ(take_list_item(list), item);
  }
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(take_list_item(list), "");
  list = " \t";
  EXPECT_EQ(take_list_item(list), "");
  EXPECT_TRUE(list.empty());
}

TEST(RequestParser, NeedsNoHostFromHttp10) {
  EXPECT_EQ(parse_every_way("GET / HTTP/1.0\r\n\r\n").state, State::kDone);
}

TEST(RequestParser, FindsHeadersByNameInAnyCase) {
  Request request;
  request.headers = {{"X-One", "1"}, {"x-one", "2"}, {"X-Two", ""}};
  EXPECT_EQ(request.header("x-ONE"), "1") << "the first";
  EXPECT_EQ(request.header("X-Two"), "");
  EXPECT_EQ(request.header("X-Thre"), std::nullopt);
  EXPECT_TRUE(same_text_ignoring_case("", ""));
  EXPECT_FALSE(same_text_ignoring_case("[", "{")) << "letters only";
  EXPECT_FALSE(same_text_ignoring_case("a", "ab"));
}

TEST(RequestParser, WaitsForTheWholeHead) {
  const std::string text = with("Content-Length: 5\r\nX: y\r\n");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(parse_at_once(std::string_view(text).substr(0, size)).state, State::kNeedsMore)
        << size;
  }
}

// --- Refused heads

struct Bad {
  std::string_view what;
  std::string text;
};

std::vector<Bad> bad_heads() {
  using namespace std::string_literals;
  return {
      // RFC 9112 section 6.3: what a proxy in front may frame differently.
      {"length and chunked", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
      {"chunked and length", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
      {"two lengths", with("Content-Length: 5\r\nContent-Length: 6\r\n")},
      {"two equal lengths", with("Content-Length: 5\r\nContent-Length: 5\r\n")},
      {"list of lengths", with("Content-Length: 5, 5\r\n")},
      {"negative length", with("Content-Length: -5\r\n")},
      {"length with plus", with("Content-Length: +5\r\n")},
      {"hexadecimal length", with("Content-Length: 0x5\r\n")},
      {"length with letters", with("Content-Length: 5a\r\n")},
      {"length with a space inside", with("Content-Length: 5 5\r\n")},
      {"fraction as length", with("Content-Length: 5.0\r\n")},
      {"empty length", with("Content-Length:\r\n")},
      {"length too large", with("Content-Length: 18446744073709551616\r\n")},
      {"other coding", with("Transfer-Encoding: gzip\r\n")},
      {"identity", with("Transfer-Encoding: identity\r\n")},
      {"codings", with("Transfer-Encoding: gzip, chunked\r\n")},
      {"chunked twice", with("Transfer-Encoding: chunked, chunked\r\n")},
      {"two codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {"empty coding", with("Transfer-Encoding:\r\n")},
      {"quoted coding", with("Transfer-Encoding: \"chunked\"\r\n")},
      {"list of one coding", with("Transfer-Encoding: chunked,\r\n")},
      // Section 6.1: HTTP/1.0 does not know chunks, so a proxy may not either.
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      // Section 5: fields.
      {"folded value", with("X: a\r\n b\r\n")},
      {"folded by a tab", with("X: a\r\n\tb\r\n")},
      {"folded length", with("Content-Length:\r\n 5\r\n")},
      {"folded nothing", with("X:\r\n \r\n")},
      {"folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"space before the colon", with("Content-Length : 5\r\n")},
      {"tab before the colon", with("X\t: 5\r\n")},
      {"no name", with(": x\r\n")},
      {"no colon", with("X\r\n")},
      {"bad name", with("X(y): z\r\n")},
      {"name above ASCII", with("X\xc3\xa4: z\r\n")},
      {"NUL in a value", with("X: a\0b\r\n"s)},
      {"NUL in a name", with("X\0: b\r\n"s)},
      {"escape in a value", with("X: \x1b[31m\r\n")},
      {"DEL in a value", with("X: a\x7f\r\n")},
      // Section 2.2: line ends.
      {"bare LF after a field", with("X: a\nY: b\r\n")},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n\r\n"},
      {"bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n"},
      {"bare CR in a value", with("X: a\rY: b\r\n")},
      {"bare CR in the target", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"bare CR before a field", with("\rX: a\r\n")},
      // Section 3: the request line.
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"trailing space", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
      {"tabs", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"},
      {"no version", "GET /\r\n\r\n"},
      {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"bad method", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
      {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n"},
      {"lower case", "GET / http/1.1\r\nHost: a\r\n\r\n"},
      {"version of two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
      {"target without a slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"},
      // Section 3.2.
      {"no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n"},
      {"no headers", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
  };
}

TEST(RequestParser, RefusesWhatItsStandardsForbidHoweverItComes) {
  for (const Bad& bad : bad_heads()) {
    SCOPED_TRACE(bad.what);
    const Head head = parse_every_way(bad.text);
    EXPECT_EQ(head.state, State::kRefused);
    EXPECT_EQ(head.status, 400);
  }
}

TEST(RequestParser, RefusesWhatWasNeverHttpAtTheFirstLine) {
  EXPECT_EQ(parse_at_once("\x16\x03\x01\x02\n").state, State::kRefused) << "TLS";
  EXPECT_EQ(parse_at_once("SSH-2.0-OpenSSH\r\n").state, State::kRefused);
}

TEST(RequestParser, SaysWhyWhereAPersonCouldMakeTheMistake) {
  EXPECT_EQ(parse_at_once("GET / HTTP/1.1\r\nX: y\r\n\r\n").reason, "missing required Host header");
  EXPECT_EQ(parse_at_once("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").reason,
            "too many Host headers");
  EXPECT_EQ(parse_at_once(with("Transfer-Encoding: gzip\r\n")).reason,
            "unsupported transfer encoding");
}

// --- Limits

std::string head_of_size(std::size_t size) {
  const std::string empty = with("X: \r\n");
  return with("X: " + std::string(size - empty.size(), 'x') + "\r\n");
}

TEST(RequestParser, ReadsAHeadOfExactlyTheLimit) {
  const std::string text = head_of_size(kLimits.head_bytes);
  ASSERT_EQ(text.size(), kLimits.head_bytes);
  EXPECT_EQ(parse_at_once(text).state, State::kDone);
  EXPECT_EQ(parse_in_steps(text, {10, 5000, text.size() - 1}).state, State::kDone);
  EXPECT_EQ(parse_at_once(text + std::string(100'000, 'b')).state, State::kDone)
      << "what comes after it does not count";
}

TEST(RequestParser, RefusesAHeadPastTheLimitHoweverItComes) {
  const std::string long_target =
      "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: a\r\nX: ";
  for (const std::string& text :
       {head_of_size(kLimits.head_bytes + 1), long_target + std::string(20'000, 'b') + "\r\n\r\n",
        "GET /" + std::string(40'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    for (const std::vector<std::size_t>& steps :
         {std::vector<std::size_t>{}, std::vector<std::size_t>{20'010},
          std::vector<std::size_t>{30'000, 32'767}, std::vector<std::size_t>{32'768, 32'769}}) {
      const Head head = parse_in_steps(text, steps);
      EXPECT_EQ(head.state, State::kRefused);
      EXPECT_EQ(head.status, 431);
      EXPECT_EQ(head.reason, "the head is too large");
    }
  }
}

TEST(RequestParser, DoesNotWaitForTheEndOfAHeadThatIsTooLarge) {
  const std::string text = head_of_size(kLimits.head_bytes + 10);
  EXPECT_EQ(parse_at_once(std::string_view(text).substr(0, kLimits.head_bytes)).status, 431);
  EXPECT_EQ(parse_at_once(std::string_view(text).substr(0, kLimits.head_bytes - 1)).state,
            State::kNeedsMore);
  EXPECT_EQ(parse_at_once("GET /" + std::string(kLimits.head_bytes, 'a')).status, 431);
}

std::string head_with_headers(int count) {
  std::string lines;
  for (int i = 1; i < count; ++i) lines += "X-" + std::to_string(i) + ": y\r\n";
  return with(lines);
}

TEST(RequestParser, CountsHeaders) {
  EXPECT_EQ(parse_every_way(head_with_headers(100)).headers.size(), 100U);
  const Head head = parse_every_way(head_with_headers(101));
  EXPECT_EQ(head.state, State::kRefused);
  EXPECT_EQ(head.status, 431);
  EXPECT_EQ(head.reason, "too many headers");
}

// --- Chunks

class Body final : public RequestParser::BodySink {
 public:
  void on_body(std::string_view piece) override { text += piece; }
  std::string text;
};

struct Chunks {
  State state = State::kNeedsMore;
  std::size_t used = 0;
  std::string body;
  bool operator==(const Chunks&) const = default;
};

void PrintTo(const Chunks& chunks, std::ostream* out) {  // NOLINT: GoogleTest's name
  *out << "state " << static_cast<int>(chunks.state) << ", used " << chunks.used << ", '"
       << chunks.body << "'";
}

// Gives the bytes up to each of `ends`, without those that were used.
Chunks read_chunks(std::string_view text, std::vector<std::size_t> ends) {
  RequestParser parser(kLimits);
  Request request;
  const std::string head = with("Transfer-Encoding: chunked\r\n");
  EXPECT_EQ(parser.parse_head(head, request).state, State::kDone);
  Body body;
  Chunks result;
  ends.push_back(text.size());
  for (const std::size_t end : ends) {
    const std::string_view rest = text.substr(result.used, end - result.used);
    const std::unique_ptr<char[]> block(new char[rest.size()]);
    rest.copy(block.get(), rest.size());
    const auto progress = parser.parse_chunks({block.get(), rest.size()}, body);
    result.state = progress.state;
    result.used += progress.used;
    if (result.state != State::kNeedsMore) break;
  }
  result.body = body.text;
  if (result.state == State::kRefused) result.used = 0;
  return result;
}

Chunks read_chunks_every_way(std::string_view text) {
  Chunks chunks = read_chunks(text, {});
  std::vector<std::size_t> every;
  for (std::size_t end = 1; end < text.size(); ++end) every.push_back(end);
  EXPECT_EQ(read_chunks(text, every), chunks) << "byte by byte:\n" << text;
  for (const std::size_t split : every) {
    EXPECT_EQ(read_chunks(text, {split}), chunks) << "split at " << split << " of\n" << text;
  }
  return chunks;
}

TEST(RequestParserChunks, AreJoined) {
  struct Good {
    std::string_view text;
    std::string_view body;
  };
  for (const Good& good : {
           Good{"0\r\n\r\n", ""},
           Good{"5\r\nhello\r\n0\r\n\r\n", "hello"},
           Good{"5\r\nhello\r\n1\r\n \r\n00000005\r\nworld\r\n000\r\n\r\n", "hello world"},
           Good{"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"},
           Good{"4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"},
           Good{"1;name=value;other=\"quoted;\"\r\nx\r\n0;last\r\n\r\n", "x"},
           Good{"1\r\nx\r\n0\r\nX-Trailer: y\r\nX-Other: z\r\n\r\n", "x"},
       }) {
    const Chunks chunks = read_chunks_every_way(good.text);
    EXPECT_EQ(chunks.state, State::kDone) << good.text;
    EXPECT_EQ(chunks.used, good.text.size());
    EXPECT_EQ(chunks.body, good.body);
  }
}

TEST(RequestParserChunks, UseNoByteAfterTheirEnd) {
  const Chunks chunks = read_chunks("1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n", {});
  EXPECT_EQ(chunks.state, State::kDone);
  EXPECT_EQ(chunks.used, 11U);
}

TEST(RequestParserChunks, AreRefusedWhenTheyAreMalformed) {
  for (const std::string_view text : {
           "\r\nhello\r\n",
           "-5\r\nhello\r\n",
           "+5\r\nhello\r\n",
           "0x5\r\nhello\r\n0\r\n\r\n",
           " 5\r\nhello\r\n",
           "5 5\r\nhello\r\n",
           "g\r\nhello\r\n",
           "5\nhello\r\n0\r\n\r\n",
           "5\rhello\r\n0\r\n\r\n",
           "5\r\nhello\n0\r\n\r\n",
           "5\r\nhello0\r\n\r\n",
           "5\r\nhelloworld\r\n0\r\n\r\n",
           "10000000000000000\r\nhello\r\n",
           "fffffffffffffffff\r\nhello\r\n",
           "5;\x01\r\nhello\r\n0\r\n\r\n",
           "0\r\nno colon\r\n\r\n",
           "0\r\nX : space\r\n\r\n",
           "0\r\nContent-Length: 5\r\n\r\n",
           "0\r\nTransfer-Encoding: chunked\r\n\r\n",
       }) {
    EXPECT_EQ(read_chunks_every_way(text).state, State::kRefused) << text;
  }
}

TEST(RequestParserChunks, ComeToTheSameWhereverTheBytesEnd) {
  for (const std::string_view text : {
           "3;xd\r\n\r\n3;x\n0\r\n\r\n",
           "1\r\nx\r\n0;y\r\nX: y\r\n\r\n",
           "1\r\nxyz0\r\n\r\n",
           "1\r\nx\n0\r\n\r\n",
           "1;\n\r\nx\r\n0\r\n\r\n",
           "1;y=\"\r\n\"\r\nx\r\n0\r\n\r\n",
       }) {
    for (std::size_t size = 1; size <= text.size(); ++size) {
      read_chunks_every_way(text.substr(0, size));
    }
  }
}

TEST(RequestParserChunks, AreGivenBeforeTheNextOneComes) {
  EXPECT_EQ(read_chunks("1\r\nx\r\n", {}).body, "x");
  EXPECT_EQ(read_chunks("1\r\nx\r\n1\r\ny\r\n", {1, 3, 6}).body, "xy");
  EXPECT_EQ(read_chunks("5\r\nhel", {}).body, "hel");
  EXPECT_EQ(read_chunks("5\r\nhell", {6}).body, "hell");
}

// Else one connection could make us keep as much as it likes.
TEST(RequestParserChunks, AreRefusedWhenExtensionsOrTrailersHaveNoEnd) {
  const std::string endless(kLimits.head_bytes + 10, 'a');
  EXPECT_EQ(read_chunks("5;" + endless, {}).state, State::kRefused);
  EXPECT_EQ(read_chunks("5;" + endless, {10, 20'000}).state, State::kRefused);
  EXPECT_EQ(read_chunks("5" + std::string(kLimits.head_bytes, '0'), {}).state, State::kRefused);
  EXPECT_EQ(read_chunks("0\r\nX: " + endless, {}).state, State::kRefused);
  EXPECT_EQ(read_chunks("5\r\nhello\r\n0\r\nX: " + endless, {7, 9000}).state, State::kRefused);
}

TEST(RequestParserChunks, MayBeLarge) {
  const std::string body(100'000, 'b');
  const Chunks chunks = read_chunks("186a0\r\n" + body + "\r\n0\r\n\r\n", {50'000, 99'000});
  EXPECT_EQ(chunks.state, State::kDone);
  EXPECT_EQ(chunks.body, body);
}

}  // namespace
}  // namespace thimble::http
