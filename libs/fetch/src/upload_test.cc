#include <unistd.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "thimble/fetch/client.h"
#include <thimble/base/file.h>

#include "scripted_server.h"

namespace thimble::fetch {
namespace {

class Upload : public testing::Test {
 protected:
  Upload() {
    std::filesystem::create_directories(folder_);
    EXPECT_TRUE(write_file(file_, bytes_));
  }
  ~Upload() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("thimble-fetch-test-" + std::to_string(::getpid()));
  std::filesystem::path file_ = folder_ / "file";
  std::string bytes_ = std::string(300'000, 'a') + std::string(300'000, 'b');
  ScriptedServer server_{[](const Received&) { return answer("201 Created", "stored"); }};
  Client client_ = std::move(Client::open().value());
};

TEST_F(Upload, SendsAString) {
  const auto response =
      client_.send({.method = "PUT", .url = server_.url("/a"), .body = std::string("hello")});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 201);
  const Received received = server_.received().at(0);
  EXPECT_EQ(received.line, "PUT /a HTTP/1.1");
  EXPECT_EQ(received.body, "hello");
  EXPECT_FALSE(received.has("Expect"));
  EXPECT_FALSE(received.has("Content-Type"));
}

TEST_F(Upload, SaysThatThereIsNothing) {
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    ASSERT_TRUE(client_.send({.method = method, .url = server_.url("/a")}));
    EXPECT_TRUE(server_.received().back().has("Content-Length: 0\r\n")) << method;
  }
}

TEST_F(Upload, SendsAPartOfAFile) {
  std::uint64_t sent = 0;
  const auto response =
      client_.send({.method = "PATCH",
                    .url = server_.url("/a"),
                    .body = FileBody{.path = file_, .offset = 200'000, .length = 300'000},
                    .on_progress = [&sent](std::uint64_t bytes, std::uint64_t) { sent = bytes; }});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(server_.received().at(0).body, bytes_.substr(200'000, 300'000));
  EXPECT_EQ(sent, 300'000U);
}

TEST_F(Upload, FailsForAFileThatIsNotThereOrTooShort) {
  const auto absent = client_.send({.method = "PUT",
                                    .url = server_.url("/a"),
                                    .body = FileBody{.path = folder_ / "absent", .length = 1}});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  const auto short_one = client_.send({.method = "PUT",
                                       .url = server_.url("/a"),
                                       .body = FileBody{.path = file_, .length = 600'001}});
  ASSERT_FALSE(short_one);
  EXPECT_EQ(short_one.error().code, ErrorCode::kInvalid);
}

TEST_F(Upload, IsSentAgainFromItsBeginningOnAConnectionThatHadBeenClosed) {
  ScriptedServer closing([](const Received&) {
    Reply reply = answer("201 Created", "");
    reply.keep_open = false;
    return reply;
  });
  for (int i = 0; i < 3; ++i) {
    const auto response = client_.send({.method = "PUT",
                                        .url = closing.url("/a"),
                                        .body = FileBody{.path = file_, .length = 600'000}});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(closing.received().back().body.size(), 600'000U);
  }
}

TEST_F(Upload, IsSentAgainWhenAKeptConnectionIsResetInItsMidst) {
  ScriptedServer resetting([](const Received& request) {
    Reply reply = answer("201 Created", "");
    reply.reset_next = request.has("/first");
    return reply;
  });
  for (int i = 0; i < 20; ++i) {  // Whether sending or receiving notices first is chance.
    ASSERT_TRUE(client_.send({.url = resetting.url("/first")}));
    const auto response = client_.send({.method = "PUT",
                                        .url = resetting.url("/a"),
                                        .headers = {{.name = "Connection", .value = "close"}},
                                        .body = FileBody{.path = file_, .length = 600'000}});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(resetting.received().back().body, bytes_);
  }
}

TEST_F(Upload, ThatMustNotArriveTwiceHasAConnectionOfItsOwn) {
  ScriptedServer dropping([](const Received& request) {
    return request.has("/first") ? answer("200 OK", "") : Reply{};
  });
  for (const bool fresh : {true, false}) {
    ASSERT_TRUE(client_.send({.url = dropping.url("/first")}));
    const std::size_t before = dropping.received().size();
    const auto response = client_.send({.method = "PATCH",
                                        .url = dropping.url("/a"),
                                        .body = std::string("once"),
                                        .fresh_connection = fresh});
    EXPECT_FALSE(response);
    EXPECT_EQ(dropping.received().size() - before, fresh ? 1U : 2U);
  }
}

}  // namespace
}  // namespace thimble::fetch
