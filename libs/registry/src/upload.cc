#include <algorithm>
#include <optional>
#include <utility>

#include <thimble/base/parse_number.h>

#include "answer.h"
#include "operations.h"

namespace thimble::registry {
namespace {

constexpr std::uint64_t kProgress = std::uint64_t{1} << 20;  // Worth beginning to count again.

// How many bytes of an upload the registry has: "0-N" is N + 1. The specification has no way to say
// "none"; Docker's registry says it by "0-0".
std::optional<std::uint64_t> bytes_there(const fetch::Response& response) {
  const auto range = response.header("range");
  if (!range) return std::nullopt;
  const std::size_t dash = range->find('-');
  if (dash == std::string_view::npos || !range->substr(0, dash).ends_with('0')) return std::nullopt;
  const auto last = parse_number<std::uint64_t>(range->substr(dash + 1));
  if (!last || *last == UINT64_MAX) return std::nullopt;
  return *last == 0 ? 0 : *last + 1;
}

// One blob on its way into one repository.
class Upload final {
 public:
  Upload(Session& session, const image::Reference& target, const image::Blob& blob,
         const UploadOptions& options, Reporter& reporter, std::stop_token stop)
      : session_(session),
        target_(target),
        blob_(blob),
        options_(options),
        reporter_(reporter),
        stop_(stop),
        tries_(session.backoff(std::move(stop))) {}

  Result<void> run() {
    if (options_.trusting) {
      auto there = exists();
      if (!there) return fail(std::move(there.error()));
      if (*there) return ended(Progress::State::kExists);
      auto mounted = mount();
      if (!mounted) return fail(std::move(mounted.error()));
      if (*mounted) return ended(Progress::State::kMounted);
    }
    for (;;) {
      if (!location_) {
        auto begun = begin();
        if (!begun) return begun;
      }
      auto sent = size() <= most_at_once() ? send_at_once() : send_in_parts();
      if (!sent) return fail(std::move(sent.error()));
      if (*sent) return ended(Progress::State::kDone);
      location_.reset();
    }
  }

 private:
  // Of a step: true, it is done; false, the upload is to be begun again, and there was a pause.
  using Step = Result<bool>;

  [[nodiscard]] std::uint64_t size() const { return blob_.descriptor.size; }

  [[nodiscard]] std::uint64_t most_at_once() const {
    const PushOptions& push = options_.push;
    return push.chunk_bytes == 0 ? push.monolithic_bytes
                                 : std::min(push.monolithic_bytes, push.chunk_bytes);
  }

  Result<void> ended(Progress::State state) {
    reporter_.tell(blob_.descriptor, state, size());
    return {};
  }

  Call call(std::string method, std::variant<std::string, fetch::Url> target) const {
    return {.method = std::move(method),
            .target = std::move(target),
            .scope = push_scope(target_.repository),
            .stop = stop_};
  }

  Step exists() {
    const Call head = call("HEAD", blob_path(target_.repository, blob_.descriptor.digest));
    auto response = session_.send(head);
    if (!response) return fail(std::move(response.error()));
    if (response->status == 401 || response->status == 403 || may_pass(*response)) {
      return fail(session_.refused(*response, head));
    }
    const auto length = response->header("content-length");
    return response->ok() && (!length || parse_number<std::uint64_t>(*length) == size());
  }

  // Section "Mounting a blob from another repository". A registry that will not do it either says
  // so, which is no harm, or begins an upload. Nor is there harm in getting no token for the other
  // repository: what the upload needs is asked for alone.
  Step mount() {
    const auto& origin = blob_.origin;
    if (!origin || origin->registry != target_.registry ||
        origin->repository == target_.repository) {
      return false;
    }
    Call post = call("POST", "/v2/" + target_.repository + "/blobs/uploads/?mount=" +
                                 fetch::percent_encode(blob_.descriptor.digest.str()) +
                                 "&from=" + fetch::percent_encode(origin->repository));
    post.scope.text += " " + pull_scope(origin->repository).text;
    auto response = session_.send(post);
    if (!response) {
      const ErrorCode code = response.error().code;
      if (code == ErrorCode::kPermission || code == ErrorCode::kNotFound) return false;
      return fail(std::move(response.error()));
    }
    if (response->status == 201) return true;
    if (response->status == 202) {
      auto location = session_.location(*response);
      if (!location) return fail(std::move(location.error()));
      location_ = std::move(*location);
    }
    return false;
  }

  Result<void> begin() {
    const Call post = call("POST", "/v2/" + target_.repository + "/blobs/uploads/");
    auto response = session_.send(post);
    if (!response) return fail(std::move(response.error()));
    if (!response->ok()) return fail(session_.refused(*response, post));
    auto location = session_.location(*response);
    if (!location) return fail(std::move(location.error()));
    location_ = std::move(*location);
    return {};
  }

  [[nodiscard]] Result<fetch::Url> closing_url() const {
    return fetch::Url::parse(location_->text + (location_->query.empty() ? "?" : "&") +
                             "digest=" + fetch::percent_encode(blob_.descriptor.digest.str()));
  }

  void set_body(Call& call, std::uint64_t offset, std::uint64_t length) {
    call.headers.push_back({"Content-Type", "application/octet-stream"});
    if (blob_.file.empty()) {
      call.body = blob_.bytes.substr(offset, length);
    } else {
      call.body = fetch::FileBody{.path = blob_.file, .offset = offset, .length = length};
    }
    call.large = true;
    call.tried_again = false;
    call.on_progress = [this, offset](std::uint64_t sent, std::uint64_t) {
      reporter_.tell(blob_.descriptor, Progress::State::kUploading, offset + sent);
    };
  }

  // After an answer that was not the one hoped for: whether there is to be another attempt.
  Step again(Result<fetch::Response>& response, const Call& failed) {
    if (!response) {
      if (response.error().code == ErrorCode::kIo && tries_.wait()) return true;
      return fail(std::move(response.error()));
    }
    // An upload can be forgotten, or be elsewhere than we think.
    const bool lost = response->status == 404 || response->status == 416;
    if ((may_pass(*response) || lost) && tries_.wait(retry_after(*response))) return true;
    return fail(session_.refused(*response, failed));
  }

  Step send_at_once() {
    auto url = closing_url();
    if (!url) return fail(std::move(url.error()));
    Call put = call("PUT", std::move(*url));
    set_body(put, 0, size());
    put.is_patient = true;
    auto response = session_.send(put);
    if (response && response->ok()) return true;
    auto another = again(response, put);
    if (!another) return fail(std::move(another.error()));
    return false;
  }

  Step send_in_parts() {
    std::uint64_t offset = 0;
    bool resumed = false;
    while (offset < size()) {
      auto there = send_part(offset);
      if (!there) return fail(std::move(there.error()));
      if (!*there) {
        resumed = true;
        there = ask_how_far();
        if (!there) return fail(std::move(there.error()));
        if (!*there) return false;
      }
      if (**there >= best_ + kProgress) {
        best_ = **there;
        tries_.reset();
      }
      offset = **there;
    }
    auto url = closing_url();
    if (!url) return fail(std::move(url.error()));
    Call put = call("PUT", std::move(*url));
    put.is_patient = true;
    put.tried_again = false;
    auto response = session_.send(put);
    if (response && response->ok()) return true;
    // It may have been done all the same; and parts may not have been where we were told.
    if (resumed && response && response->status == 400 && tries_.wait()) return false;
    auto another = again(response, put);
    if (!another) return fail(std::move(another.error()));
    return exists();
  }

  // Returns how many bytes are there now; nothing if that is not known, after a pause.
  Result<std::optional<std::uint64_t>> send_part(std::uint64_t offset) {
    const std::uint64_t most = options_.push.chunk_bytes;
    const std::uint64_t length = std::min(size() - offset, most == 0 ? size() : most);
    Call patch = call("PATCH", *location_);
    // Not every registry takes this for a whole blob, and none needs it then.
    if (offset > 0 || length < size()) {
      patch.headers.push_back(
          {"Content-Range", std::to_string(offset) + "-" + std::to_string(offset + length - 1)});
    }
    set_body(patch, offset, length);
    patch.only_once = true;
    auto response = session_.send(patch);
    if (!response || !response->ok()) {
      auto another = again(response, patch);
      if (!another) return fail(std::move(another.error()));
      return std::nullopt;
    }
    if (auto moved = follow(*response); !moved) return fail(std::move(moved.error()));
    const std::uint64_t there = bytes_there(*response).value_or(offset + length);
    if (there > offset && there <= offset + length) return there;
    if (tries_.wait()) return std::nullopt;
    return fail(ErrorCode::kInvalid, "blob '" + blob_.descriptor.digest.str() +
                                         "': the registry does not say how much of it it has");
  }

  // Section "Pushing a blob in chunks": the upload's state. Nothing if it is to be begun again.
  Result<std::optional<std::uint64_t>> ask_how_far() {
    Call get = call("GET", *location_);
    auto response = session_.send(get);
    if (!response) return fail(std::move(response.error()));
    if (!response->ok()) return std::nullopt;
    const auto there = bytes_there(*response);
    if (!there || *there > size()) return std::nullopt;
    if (response->header("location")) {
      if (auto moved = follow(*response); !moved) return fail(std::move(moved.error()));
    }
    return there;
  }

  Result<void> follow(const fetch::Response& response) {
    if (!response.header("location")) return {};
    auto location = session_.location(response);
    if (!location) return fail(std::move(location.error()));
    location_ = std::move(*location);
    return {};
  }

  Session& session_;
  const image::Reference& target_;
  const image::Blob& blob_;
  const UploadOptions& options_;
  Reporter& reporter_;
  std::stop_token stop_;
  Backoff tries_;
  std::optional<fetch::Url> location_;
  std::uint64_t best_ = 0;
};

}  // namespace

Result<void> upload(Session& session, const image::Reference& target, const image::Blob& blob,
                    const UploadOptions& options, Reporter& reporter, std::stop_token stop) {
  return Upload(session, target, blob, options, reporter, std::move(stop)).run();
}

}  // namespace thimble::registry
