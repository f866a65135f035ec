#include "transfer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "header.h"

namespace thimble::fetch {
namespace {

constexpr std::size_t kMaxHeaderBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxErrorBody = std::size_t{64} << 10;

// libcurl's texts quote what the peer sent: nothing of it may reach a terminal raw.
std::string tidy(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 500)) out += c < ' ' || c >= '\x7f' ? '?' : c;
  if (out.size() > 1 && out[0] >= 'A' && out[0] <= 'Z' && out[1] >= 'a' && out[1] <= 'z') {
    out[0] = static_cast<char>(out[0] - 'A' + 'a');
  }
  while (out.ends_with('.') || out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

Result<Response> Transfer::perform(const std::vector<Header>& headers) {
  if (auto done = set_up(); !done) return fail(std::move(done.error()));
  if (auto done = set_up_body(); !done) return fail(std::move(done.error()));
  if (auto done = set_headers(headers); !done) return fail(std::move(done.error()));

  std::array<char, CURL_ERROR_SIZE> text{};
  set(CURLOPT_ERRORBUFFER, text.data());
  CURLcode code = curl_easy_perform(easy_);
  if (was_sent_to_a_closed_connection(code)) {
    sent_ = 0;
    text.fill('\0');
    set(CURLOPT_FRESH_CONNECT, 1L);
    code = curl_easy_perform(easy_);
  }
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  if (!refused_) return fail(std::move(refused_.error()));
  if (code != CURLE_OK && !enough_) return fail(describe(code, text.data()));
  if (auto begun = begin_body(); !begun) return fail(std::move(begun.error()));
  response_.url = url_.text;
  return std::move(response_);
}

// A server may close a kept connection just when it is used again. libcurl sends the request again
// when it learns that by receiving; when by sending, it does not.
bool Transfer::was_sent_to_a_closed_connection(CURLcode code) const {
  if (code != CURLE_SEND_ERROR || header_bytes_ != 0 || !refused_) return false;
  long connects = 1;
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connects);
  return connects == 0;
}

Result<void> Transfer::set_up() {
  set(CURLOPT_URL, url_.text.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_USERAGENT, client_.user_agent.c_str());
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!client_.ca_file.empty()) {
    set(CURLOPT_CAINFO, client_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  // What is meant for this machine goes to no other.
  if (url_.is_loopback()) set(CURLOPT_PROXY, "");

  set(CURLOPT_FRESH_CONNECT, request_.fresh_connection ? 1L : 0L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(std::max<std::uint64_t>(request_.slowest, 1)));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.idle_timeout.count()));
  if (request_.timeout) set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout->count()));

  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_write);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  if (request_.on_progress || request_.stop.stop_possible()) {
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  }
  return {};
}

Result<void> Transfer::set_up_body() {
  if (!is_token(request_.method)) return fail(ErrorCode::kInvalid, "the method is not a token");
  const bool has_body = !std::holds_alternative<std::monostate>(request_.body);
  if (!has_body && request_.method == "GET") {
    set(CURLOPT_HTTPGET, 1L);
    return {};
  }
  if (!has_body && request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return {};
  }
  if (const auto* file = std::get_if<FileBody>(&request_.body)) {
    file_ = Fd(::open(file->path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_.is_open()) return fail(system_error("open '" + file->path.string() + "'"));
  }
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body_length()));
  set(CURLOPT_READFUNCTION, &Transfer::on_read);
  set(CURLOPT_READDATA, static_cast<void*>(this));
  set(CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
  set(CURLOPT_SEEKDATA, static_cast<void*>(this));
  set(CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
  return {};
}

Result<void> Transfer::set_headers(const std::vector<Header>& headers) {
  const auto append = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(header_list_.get(), line.c_str());
    if (longer == nullptr) return false;
    (void)header_list_.release();
    header_list_.reset(longer);
    return true;
  };
  bool complete = append("Expect:");  // Not sent: few servers answer it, and waiting costs 1 s.
  for (const Header& header : headers) {
    if (auto good = check_header(header); !good) return good;
    complete = complete &&
               append(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  if (!complete) return fail(ErrorCode::kIo, "out of memory");
  set(CURLOPT_HTTPHEADER, header_list_.get());
  return {};
}

std::uint64_t Transfer::body_length() const {
  if (const auto* text = std::get_if<std::string>(&request_.body)) return text->size();
  if (const auto* file = std::get_if<FileBody>(&request_.body)) return file->length;
  return 0;
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& me = *static_cast<Transfer*>(self);
  me.refused_ = me.take_header({data, size});
  return me.refused_ ? size : 0;
}

Result<void> Transfer::take_header(std::string_view line) {
  // All that comes before the body counts: a server can send interim answers for ever.
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) {
    return fail(ErrorCode::kLimit, "the headers of the answer are larger than " +
                                       std::to_string(kMaxHeaderBytes) + " bytes");
  }
  if (const auto status = parse_status_line(line)) {
    response_.status = *status;
    response_.headers.clear();
  } else if (auto header = parse_header(line)) {
    response_.headers.push_back(std::move(*header));
  }
  return {};
}

std::size_t Transfer::on_write(char* data, std::size_t, std::size_t size, void* self) {
  auto& me = *static_cast<Transfer*>(self);
  me.refused_ = me.take_body({data, size});
  return me.refused_ && !me.enough_ ? size : CURL_WRITEFUNC_ERROR;
}

Result<void> Transfer::begin_body() {
  if (std::exchange(begun_, true) || !request_.on_answer || !response_.ok()) return {};
  return request_.on_answer(response_);
}

Result<void> Transfer::take_body(std::string_view bytes) {
  if (auto begun = begin_body(); !begun) return begun;
  body_bytes_ += bytes.size();
  if (!response_.ok() && body_bytes_ > kMaxErrorBody) {
    response_.body.append(bytes.substr(0, kMaxErrorBody - response_.body.size()));
    enough_ = true;
    return {};
  }
  if (body_bytes_ > request_.max_body && response_.ok()) {
    return fail(ErrorCode::kLimit,
                "the answer is larger than " + std::to_string(request_.max_body) + " bytes");
  }
  if (request_.on_body && response_.ok()) return request_.on_body(bytes);
  response_.body.append(bytes);
  return {};
}

std::size_t Transfer::on_read(char* data, std::size_t, std::size_t size, void* self) {
  auto& me = *static_cast<Transfer*>(self);
  const std::uint64_t left = me.body_length() - me.sent_;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, size));
  if (wanted == 0) return 0;
  if (const auto* text = std::get_if<std::string>(&me.request_.body)) {
    std::memcpy(data, text->data() + me.sent_, wanted);
    me.sent_ += wanted;
    return wanted;
  }
  const FileBody& file = std::get<FileBody>(me.request_.body);
  const auto at = static_cast<off_t>(file.offset + me.sent_);
  ssize_t got = -1;
  do {
    got = ::pread(me.file_.number(), data, wanted, at);
  } while (got < 0 && errno == EINTR);
  const std::string what = "read '" + file.path.string() + "'";
  if (got < 0) me.refused_ = fail(system_error(what));
  if (got == 0) me.refused_ = fail(ErrorCode::kInvalid, what + ": it has become shorter");
  if (got <= 0) return CURL_READFUNC_ABORT;
  me.sent_ += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

int Transfer::on_seek(void* self, curl_off_t offset, int origin) {
  auto& me = *static_cast<Transfer*>(self);
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  if (static_cast<std::uint64_t>(offset) > me.body_length()) return CURL_SEEKFUNC_FAIL;
  me.sent_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int Transfer::on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t,
                          curl_off_t sent) {
  const auto& me = *static_cast<Transfer*>(self);
  if (me.request_.stop.stop_requested()) return 1;
  if (me.request_.on_progress) {
    me.request_.on_progress(static_cast<std::uint64_t>(sent), static_cast<std::uint64_t>(received));
  }
  return 0;
}

Error Transfer::describe(CURLcode code, const char* text) const {
  std::string why = tidy(*text != '\0' ? text : curl_easy_strerror(code));
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Error{ErrorCode::kInvalid, std::move(why)};
    case CURLE_PEER_FAILED_VERIFICATION:
      return Error{ErrorCode::kPermission, std::move(why)};
    case CURLE_SSL_CACERT_BADFILE:
      return Error{ErrorCode::kInvalid,
                   "no certificates in '" + client_.ca_file.string() + "': " + why};
    case CURLE_ABORTED_BY_CALLBACK:
      return Error{ErrorCode::kIo, "interrupted"};
    case CURLE_COULDNT_RESOLVE_HOST:
      return Error{ErrorCode::kIo, std::move(why) + "; is the name right, and the network up?"};
    default:
      return Error{ErrorCode::kIo, std::move(why)};
  }
}

}  // namespace thimble::fetch
