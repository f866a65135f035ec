#include "handler.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

using thimble::Result;
using thimble::ric::ResponseStream;

class Pieces final : public ResponseStream::Sink {
 public:
  Result<void> begin(std::string_view type) override {
    content_type = type;
    return {};
  }
  Result<void> write(std::string_view piece) override {
    if (pieces.size() == most) return thimble::fail(thimble::ErrorCode::kIo, "gone");
    pieces.emplace_back(piece);
    return {};
  }
  std::string content_type;
  std::vector<std::string> pieces;
  std::size_t most = 100;
};

Result<void> call(const char* count, Pieces& pieces) {
  thimble::events::FunctionUrlRequest request;
  if (count != nullptr) request.query_string_parameters.add("count", count);
  ResponseStream stream(pieces);
  return squares::handle(request, {}, stream);
}

TEST(Squares, ComeLineByLine) {
  Pieces pieces;
  ASSERT_TRUE(call("3", pieces));
  EXPECT_EQ(pieces.content_type, "application/vnd.awslambda.http-integration-response");
  ASSERT_EQ(pieces.pieces.size(), 4U);  // the head first
  EXPECT_EQ(pieces.pieces[1], "1,1\n");
  EXPECT_EQ(pieces.pieces[3], "3,9\n");
}

TEST(Squares, AreTenUnlessTheUrlSaysSo) {
  Pieces pieces;
  ASSERT_TRUE(call(nullptr, pieces));
  EXPECT_EQ(pieces.pieces.size(), 11U);
}

TEST(Squares, OfWhatIsNoNumberAre400) {
  for (const char* count : {"", "x", "1x", "-1", "1001", "99999999999"}) {
    Pieces pieces;
    ASSERT_TRUE(call(count, pieces));
    EXPECT_NE(pieces.pieces.at(0).find(R"("statusCode":400)"), std::string::npos) << count;
  }
}

TEST(Squares, EndWhenTheClientHasGone) {
  Pieces pieces;
  pieces.most = 2;
  EXPECT_FALSE(call("5", pieces));
}

}  // namespace
