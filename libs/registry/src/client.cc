#include "thimble/registry/client.h"

#include <map>
#include <mutex>
#include <utility>

#include "operations.h"
#include "printable.h"
#include "session.h"

namespace thimble::registry {
namespace {

template <class T>
Result<T> finished(Result<T> result, std::string_view verb, const image::Reference& reference) {
  if (result) return result;
  Error error = std::move(result.error()).during(std::string(verb) + " '" + reference.str() + "'");
  error.message = without_controls(error.message);
  return fail(std::move(error));
}

}  // namespace

class Client::Impl {
 public:
  Impl(fetch::Client& http, ClientOptions options) : http_(http), options_(std::move(options)) {}

  Session& session(const std::string& registry) {
    const std::lock_guard lock(mutex_);
    auto& session = sessions_[registry];
    if (session == nullptr) session = std::make_unique<Session>(http_, options_, registry);
    return *session;
  }

  [[nodiscard]] const std::stop_token& stop() const { return options_.stop; }

 private:
  fetch::Client& http_;
  ClientOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Session>> sessions_;
};

Result<Client> Client::open(fetch::Client& http, ClientOptions options) {
  if (options.retry.attempts < 1 || options.idle_timeout.count() < 1) {
    return fail(ErrorCode::kInvalid, "attempts and timeouts of a registry must be at least 1");
  }
  return Client(std::make_unique<Impl>(http, std::move(options)));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<image::Descriptor> Client::resolve(const image::Reference& reference) {
  Session& session = impl_->session(reference.registry);
  return finished(registry::resolve(session, reference, impl_->stop()), "resolve", reference);
}

Result<image::Blob> Client::manifest(const image::Reference& reference) {
  Session& session = impl_->session(reference.registry);
  return finished(get_manifest(session, reference, impl_->stop()), "get", reference);
}

Result<image::Image> Client::pull(const image::Reference& reference, const PullOptions& options) {
  Session& session = impl_->session(reference.registry);
  return finished(pull_image(session, reference, options, impl_->stop()), "pull", reference);
}

Result<image::Digest> Client::push(const image::Image& image, const image::Reference& reference,
                                   const PushOptions& options) {
  Session& session = impl_->session(reference.registry);
  return finished(push_images(session, {&image}, nullptr, reference, options, impl_->stop()),
                  "push", reference);
}

Result<image::Digest> Client::push_index(const image::Blob& index,
                                         const std::vector<image::Image>& images,
                                         const image::Reference& reference,
                                         const PushOptions& options) {
  Session& session = impl_->session(reference.registry);
  std::vector<const image::Image*> all;
  for (const image::Image& image : images) all.push_back(&image);
  return finished(push_images(session, all, &index, reference, options, impl_->stop()), "push",
                  reference);
}

}  // namespace thimble::registry
