#include "thimble/fetch/url.h"

#include <string>

#include <gtest/gtest.h>

namespace thimble::fetch {
namespace {

TEST(Url, IsTakenApart) {
  const auto url = Url::parse("https://Example.com/v2/a%3Ab/?n=1&m#part");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->path, "/v2/a%3Ab/");
  EXPECT_EQ(url->query, "n=1&m");
  EXPECT_EQ(url->text, "https://Example.com/v2/a%3Ab/?n=1&m");
}

TEST(Url, KeepsDotsInThePathAsTheyAre) {
  EXPECT_EQ(Url::parse("http://localhost:1/a/../b")->path, "/a/../b");
}

TEST(Url, WithoutPathAsksForTheRoot) {
  EXPECT_EQ(Url::parse("http://localhost:5000")->path, "/");
}

TEST(Url, RefusesWhatCannotBeSentOrShouldNot) {
  for (const char* text :
       {"", "example.com", "/v2/", "ftp://example.com/", "file:///etc/passwd", "https://",
        "https://user:secret@example.com/", "https://user@example.com/", "https://exa mple.com/",
        "https://example.com/a b", "https://example.com/\r\nHost: other", "https://example.com:0/",
        "https://example.com:99999/", "https://ex\xc3\xa4mple.com/", "https://example.com/\x7f"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
  EXPECT_FALSE(Url::parse(std::string("https://a/\0b", 12)));
  EXPECT_FALSE(Url::parse("https://a/" + std::string(20'000, 'a')));
}

TEST(Url, AnErrorShowsNoEscapeSequence) {
  const auto url = Url::parse("https://\x1b[31mred/");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message.find('\x1b'), std::string::npos);
}

TEST(Url, AnErrorShowsNoPassword) {
  for (const char* text :
       {"https://user:canary@host/path", "ftp://user:canary@host", "https://user:canary@"}) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().message.find("canary"), std::string::npos) << url.error().message;
  }
}

TEST(Url, KnowsThisMachine) {
  for (const char* text : {"http://localhost/", "http://LOCALHOST:5000/", "http://127.0.0.1/",
                           "http://127.255.3.4:1/", "http://[::1]:5000/"}) {
    EXPECT_TRUE(Url::parse(text)->is_loopback()) << text;
  }
  for (const char* text :
       {"http://localhost.example.com/", "http://128.0.0.1/", "http://127.0.0.1.example.com/",
        "http://127.0.0.example/", "http://[::2]/", "http://10.0.0.1/", "http://0.0.0.0/"}) {
    EXPECT_FALSE(Url::parse(text)->is_loopback()) << text;
  }
}

TEST(Url, ResolvesALocation) {
  const auto base = Url::parse("https://example.com/v2/app/blobs/uploads/?x=1");
  EXPECT_EQ(base->resolve("/v2/other?state=a%2Fb")->text,
            "https://example.com/v2/other?state=a%2Fb");
  EXPECT_EQ(base->resolve("next")->text, "https://example.com/v2/app/blobs/uploads/next");
  EXPECT_EQ(base->resolve("http://example.org:81/x")->text, "http://example.org:81/x");
  EXPECT_EQ(base->resolve("//example.org/x")->text, "https://example.org/x");
  EXPECT_FALSE(base->resolve(""));
  EXPECT_FALSE(base->resolve("/a b"));
  EXPECT_FALSE(base->resolve("file:///etc/passwd"));
  EXPECT_FALSE(base->resolve("https://user:secret@example.com/"));
}

TEST(Url, AnotherPortOrSchemeIsAnotherOrigin) {
  const auto url = Url::parse("https://example.com/a");
  EXPECT_TRUE(url->has_origin_of(*Url::parse("https://EXAMPLE.com:443/b")));
  EXPECT_FALSE(url->has_origin_of(*Url::parse("https://example.com:444/a")));
  EXPECT_FALSE(url->has_origin_of(*Url::parse("http://example.com:443/a")));
  EXPECT_FALSE(url->has_origin_of(*Url::parse("https://example.com.evil.org/a")));
}

TEST(Url, LeadsToAHostOrAHostAndAPort) {
  const auto url = Url::parse("http://registry.lan:5000/v2/");
  EXPECT_TRUE(url->leads_to_one_of({"other", "registry.lan"}));
  EXPECT_TRUE(url->leads_to_one_of({"Registry.LAN:5000"}));
  EXPECT_FALSE(url->leads_to_one_of({"registry.lan:80", "lan", "registry.lan:", ""}));
  EXPECT_FALSE(url->leads_to_one_of({}));
  EXPECT_TRUE(Url::parse("http://[::2]/")->leads_to_one_of({"[::2]:80"}));
}

TEST(Url, PercentEncodesAllButUnreservedCharacters) {
  EXPECT_EQ(percent_encode("a-Z_0.9~/:\xc3\xa4 +"), "a-Z_0.9~%2F%3A%C3%A4%20%2B");
}

}  // namespace
}  // namespace thimble::fetch
