#pragma once
// libcurl's handles, each with the connections it keeps, lent to one thread at a time.

#include <memory>
#include <mutex>
#include <vector>

#include <curl/curl.h>

namespace thimble::fetch {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

// The handle used last is lent first: its connection is the most likely to be open still.
class EasyPool final {
 public:
  // Null only without memory.
  [[nodiscard]] Easy take();

  // Options are reset, connections stay.
  void give_back(Easy easy);

  // Closes the connections.
  void clear();

 private:
  std::mutex mutex_;
  std::vector<Easy> idle_;
};

}  // namespace thimble::fetch
