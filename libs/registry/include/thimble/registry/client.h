#pragma once
// Pulls images from registries and pushes them there (OCI Distribution Specification 1.1).

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/fetch/client.h>
#include <thimble/image/image.h>
#include <thimble/image/manifest.h>
#include <thimble/image/reference.h>
#include <thimble/registry/credentials.h>

namespace thimble::registry {

// How far a blob is on its way.
struct Progress {
  enum class State : std::uint8_t {
    kExists,   // It is there already.
    kMounted,  // It came from another repository of the same registry.
    kUploading,
    kDownloading,
    kDone,
  };
  image::Digest digest;
  State state;
  std::uint64_t bytes = 0;  // Done so far; less than before if something had to be begun again.
  std::uint64_t total = 0;
};

// Called by several threads, one after another, and often: many times a second for each blob.
using OnProgress = std::function<void(const Progress&)>;

// How often what may work another time is tried: no answer, a broken connection, 429, 5xx.
struct RetryOptions {
  int attempts = 5;                            // Without any progress in between.
  std::chrono::milliseconds first_delay{200};  // Twice as long each time.
  std::chrono::milliseconds longest_delay{10'000};
  std::chrono::seconds longest_retry_after{60};  // A server that asks for more is given up.
};

struct ClientOptions {
  CredentialSource credentials = {};               // None: everything is anonymous.
  std::vector<std::string> plain_http_hosts = {};  // As the fetch::Client has them.
  RetryOptions retry = {};
  std::chrono::seconds idle_timeout{60};  // Slower than 100 bytes a second.
  std::stop_token stop = {};              // Ends whatever is going on with kIo.
};

struct PullOptions {
  // Where layers are put, in files named by the 64 digits of their digests. One that is there and
  // right is not fetched again. What is not complete is never under such a name.
  std::filesystem::path folder = {};

  // Whether manifests and configurations are put there, too, and asked for only if they are not: a
  // reference with a digest that was pulled before takes no registry.
  bool keeps_all = false;

  // The image taken out of an index, and what an image must be for. None: the reference must name
  // one image, or an index of one image and attestations.
  std::optional<image::Platform> platform = {};
  unsigned parallel = 4;
  std::uint64_t max_bytes = std::uint64_t{20} << 30;  // Of all layers together, compressed.
  OnProgress on_progress = {};
};

struct PushOptions {
  unsigned parallel = 4;
  // Blobs up to this size are sent by one PUT; larger ones by PATCH, which can go on where a
  // connection broke.
  std::uint64_t monolithic_bytes = std::uint64_t{4} << 20;
  // Of one PATCH, or PUT; 0: all of a blob, which every registry takes.
  std::uint64_t chunk_bytes = 0;
  OnProgress on_progress = {};
};

// Talks to registries, by https: except to loopback addresses and the hosts given, which are asked
// whether they speak it. May be used by several threads. Tokens, and what was learned of each
// registry, live as long as it.
//
// Errors: kNotFound, kPermission (who one is, or what is not safe), kInvalid (what the registry
// sent is not right, or what it was sent), kLimit, kBusy (429), kIo. Texts of registries appear in
// them as printable ASCII.
class Client final {
 public:
  // `http` outlives it.
  [[nodiscard]] static Result<Client> open(fetch::Client& http, ClientOptions options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // What a name stands for now: a manifest or an index.
  [[nodiscard]] Result<image::Descriptor> resolve(const image::Reference& reference);

  // That manifest or index, at most 4 MiB, checked against its digest and media type. What it
  // contains is not.
  [[nodiscard]] Result<image::Blob> manifest(const image::Reference& reference);

  // One image with all of its layers. Every byte is checked against its digest as it comes.
  [[nodiscard]] Result<image::Image> pull(const image::Reference& reference,
                                          const PullOptions& options);

  // Makes the registry have the image by that name: blobs first, and the manifest when all of them
  // are there. Blobs whose `origin` is on the same registry are mounted from it. Returns the
  // digest.
  [[nodiscard]] Result<image::Digest> push(const image::Image& image,
                                           const image::Reference& reference,
                                           const PushOptions& options);

  // The same for the images of an index, whose bytes `index` has.
  [[nodiscard]] Result<image::Digest> push_index(const image::Blob& index,
                                                 const std::vector<image::Image>& images,
                                                 const image::Reference& reference,
                                                 const PushOptions& options);

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::registry
