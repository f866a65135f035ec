#include <optional>
#include <string_view>
#include <utility>

#include <thimble/base/parse_number.h>

#include "answer.h"
#include "blob_file.h"
#include "kept.h"
#include "operations.h"

namespace thimble::registry {
namespace {

constexpr std::uint64_t kProgress = std::uint64_t{1} << 20;  // Worth beginning to count again.

// The first byte that "bytes 5-9/10" announces.
std::optional<std::uint64_t> first_of_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  return parse_number<std::uint64_t>(text.substr(0, text.find('-')));
}

Call call_for(const std::string& repository, const image::Descriptor& blob, std::stop_token stop) {
  return {.target = blob_path(repository, blob.digest),
          .scope = pull_scope(repository),
          .max_body = blob.size,
          .stop = std::move(stop)};
}

}  // namespace

Result<std::filesystem::path> download(Session& session, const std::string& repository,
                                       const image::Descriptor& blob,
                                       const std::filesystem::path& folder, Reporter& reporter,
                                       std::stop_token stop) {
  const std::filesystem::path path = folder / blob.digest.hex();
  auto there = holds(path, blob);
  if (!there) return fail(std::move(there.error()));
  if (*there) {
    reporter.tell(blob, Progress::State::kExists, blob.size);
    return path;
  }
  auto file = BlobFile::create(folder);
  if (!file) return fail(std::move(file.error()));

  Call call = call_for(repository, blob, stop);
  call.large = true;
  call.tried_again = false;
  call.on_answer = [&file, &blob](const fetch::Response& response) -> Result<void> {
    if (response.status != 206) return file->size() == 0 ? Result<void>() : file->clear();
    const auto first = first_of_range(response.header("content-range").value_or(""));
    if (first == file->size()) return {};
    return fail(ErrorCode::kInvalid, "blob '" + blob.digest.str() +
                                         "': the registry sent another part of it than was asked");
  };
  call.on_body = [&](std::string_view bytes) -> Result<void> {
    if (bytes.size() > blob.size - file->size()) {
      return fail(ErrorCode::kLimit, "blob '" + blob.digest.str() + "' is longer than its " +
                                         std::to_string(blob.size) + " bytes");
    }
    auto written = file->append(bytes);
    if (written) reporter.tell(blob, Progress::State::kDownloading, file->size());
    return written;
  };

  std::uint64_t best = 0;
  for (Backoff tries = session.backoff(stop);;) {
    if (file->size() >= best + kProgress) {
      best = file->size();
      tries.reset();
    }
    call.headers.clear();
    if (file->size() > 0) {
      call.headers.push_back({"Range", "bytes=" + std::to_string(file->size()) + "-"});
    }
    auto response = session.send(call);
    if (!response) {
      if (response.error().code != ErrorCode::kIo || !tries.wait()) {
        return fail(std::move(response.error()));
      }
      continue;
    }
    if (response->status == 416 && file->size() > 0) {
      if (auto cleared = file->clear(); !cleared) return fail(std::move(cleared.error()));
      if (tries.wait()) continue;
    }
    if (may_pass(*response) && tries.wait(retry_after(*response))) continue;
    if (!response->ok()) return fail(session.refused(*response, call));
    // Without a Content-Length, an answer that was cut looks like one that is complete.
    if (file->size() < blob.size && tries.wait()) continue;
    auto published = file->publish(blob);
    if (published) reporter.tell(blob, Progress::State::kDone, blob.size);
    return published;
  }
}

Result<std::string> download_small(Session& session, const std::string& repository,
                                   const image::Descriptor& blob, std::stop_token stop,
                                   const std::filesystem::path& kept) {
  if (auto bytes = read_kept(kept, blob.digest, blob.size); bytes && bytes->size() == blob.size) {
    return std::move(*bytes);
  }
  const Call call = call_for(repository, blob, std::move(stop));
  auto response = session.send(call);
  if (!response) return fail(std::move(response.error()));
  if (!response->ok()) return fail(session.refused(*response, call));
  if (response->body.size() != blob.size || image::Digest::of(response->body) != blob.digest) {
    return fail(wrong_bytes(blob, response->body.size()));
  }
  keep(kept, blob.digest, response->body);
  return std::move(response->body);
}

}  // namespace thimble::registry
