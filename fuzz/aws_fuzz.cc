// Reads any bytes as ~/.aws/config (i), as XML (x), as a refusal of a service (r), as a command
// line (w), as a host of ECR (h), as the URL of a request to sign (s).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/aws/ecr.h>
#include <thimble/aws/sigv4.h>
#include <thimble/aws/xml.h>

#include "check.h"
#include "ini.h"
#include "service_error.h"
#include "words.h"

namespace {

using namespace thimble;
using fuzz::check;

void check_ini(std::string_view bytes) {
  const auto ini = aws::parse_ini(bytes);
  if (!ini) {
    check(ini.error().message.starts_with("line "), "an error names its line");
    return;
  }
  // Written down plainly, it is read as it was.
  std::string text;
  std::size_t size = 0;
  for (const auto& [name, properties] : *ini) {
    text += "[" + name + "]\n";
    for (const auto& [property, value] : properties) {
      size += property.size() + value.size();
      text += property + " =";
      for (const char c : value) text += c == '\n' ? std::string("\n  ") : std::string(1, c);
      text += "\n";
      (void)aws::nested_property(value, "endpoint_url");
    }
    (void)aws::named_section(name, "profile");
  }
  check(size <= 2 * bytes.size(), "nothing is made up");
  const auto again = aws::parse_ini(text);
  check(again && *again == *ini, "what was read can be written");
}

void check_xml(std::string_view bytes) {
  for (const auto& text :
       {aws::xml_text(bytes, {"Code"}), aws::xml_text(bytes, {"Error", "Code"})}) {
    check(!text || text->size() <= bytes.size(), "a text is no longer than its document");
  }
}

void check_refusal(std::string_view bytes) {
  const auto [header, body] = fuzz::split_line(bytes);
  const fetch::Response response{
      .status = 400,
      .headers = {{"x-amzn-errortype", std::string(header)}, {"date", std::string(header)}},
      .body = std::string(body),
      .url = {}};
  const auto error = aws::read_service_error(response, {});
  for (const std::string& text : {error.code, error.message, error.request_id}) {
    for (const char c : text) {
      check(static_cast<unsigned char>(c) >= ' ' && c != '\x7f', "it can be printed");
    }
    check(text.size() < 1000, "it is short");
  }
}

void check_words(std::string_view bytes) {
  const auto words = aws::split_words(bytes);
  if (!words) return;
  std::string quoted;
  for (const std::string& word : *words) {
    quoted += '\'';
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    quoted += "' ";
  }
  const auto again = aws::split_words(quoted);
  check(again && *again == *words, "what is quoted is read as it was");
}

void check_host(std::string_view bytes) {
  const auto host = aws::EcrHost::parse(bytes);
  if (!host) return;
  check(host->account.size() == 12 && !host->region.empty(), "it has its parts");
  check(host->region.find_first_of("./:@?#") == std::string::npos, "a region cannot be a host");
}

void check_url(std::string_view bytes) {
  const aws::Credentials keys{.access_key_id = "id", .secret_access_key = "hush"};
  const aws::Signing signing{
      .service = "ecr", .region = "eu-west-1", .credentials = keys, .time = {}};
  fetch::Request request{.url = std::string(bytes)};
  const bool is_signed = aws::sign(request, signing).has_value();
  check(is_signed == (request.headers.size() == 2), "a signature is whole or not there");
  const auto url = aws::presign({.url = std::string(bytes)}, signing, Seconds(60));
  check(url.has_value() == is_signed, "both ways to sign take the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [subject, bytes] = fuzz::input_of(data, size);
  if (subject == 'i') check_ini(bytes);
  if (subject == 'x') check_xml(bytes);
  if (subject == 'r') check_refusal(bytes);
  if (subject == 'w') check_words(bytes);
  if (subject == 'h') check_host(bytes);
  if (subject == 's') check_url(bytes);
  return 0;
}
