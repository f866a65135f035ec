#pragma once
// Secrets that somebody is about to publish in an image by mistake.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::project {

// One file that should not be in an image. The secret itself is in no message.
struct Secret {
  std::string path;  // In the image.
  std::string what;  // "a private key", "a file of credentials (.netrc)"
  int line = 0;      // Of the content; 0 if its name says it.
};

struct SecretOptions {
  std::vector<std::string> allowed =
      {};  // Paths, or folders of them, in the image or below var/task.
  // Files larger than this are not read; secrets are small, and in text.
  std::size_t largest = std::size_t{4} << 20;
};

// Everything found, at most one for each file, sorted by path. Packages that others have published
// (node_modules, site-packages, /usr) may have keys in their tests, examples and sources; names
// alone do not count there.
[[nodiscard]] Result<std::vector<Secret>> find_secrets(const image::Tree& tree,
                                                       const SecretOptions& options = {});

// The same for a tree that consists of packages others have published, wherever it is.
[[nodiscard]] Result<std::vector<Secret>> find_secrets_in_packages(
    const image::Tree& tree, const SecretOptions& options = {});

// Fails if there are any, naming them and the flag that lets them pass: --allow-secret PATH.
[[nodiscard]] Result<void> refuse_secrets(const std::vector<Secret>& secrets);

// What the name of a file says about its content, or nothing.
[[nodiscard]] std::string_view secret_by_name(std::string_view path);

// The first secret in a text: what it is, and in `line` where.
[[nodiscard]] std::string_view secret_in_text(std::string_view text, int& line,
                                              bool with_private_keys = true);

}  // namespace thimble::project
