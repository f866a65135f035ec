#pragma once
// An image's configuration: how it is started, and what it is made of.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/digest.h>
#include <thimble/image/manifest.h>

namespace thimble::image {

// How one layer, or one step without a layer, came about.
struct History {
  std::string created;  // RFC 3339, or empty.
  std::string created_by;
  std::string author;
  std::string comment;
  bool empty_layer = false;

  friend bool operator==(const History&, const History&) = default;
};

// OCI image specification, "Image Configuration"; Docker's is the same with more members, which are
// kept as they are.
struct ImageConfig {
  std::string created;
  std::string author;
  Platform platform;
  std::string os_version;

  std::string user;
  std::vector<std::string> env;  // NAME=value
  std::optional<std::vector<std::string>> entrypoint;
  std::optional<std::vector<std::string>> cmd;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::vector<std::string> exposed_ports;
  std::vector<std::string> volumes;
  std::string stop_signal;
  std::map<std::string, std::string> other;  // Members of "config" unknown here, as JSON.

  std::vector<Digest> diff_ids;
  std::vector<History> history;

  [[nodiscard]] static Result<ImageConfig> parse(std::string_view text);
  [[nodiscard]] std::string serialize() const;

  // Puts NAME=value in place of what `env` has of that name, or at its end.
  void set_env(std::string_view name, std::string_view value);
  [[nodiscard]] std::optional<std::string_view> find_env(std::string_view name) const;
};

}  // namespace thimble::image
