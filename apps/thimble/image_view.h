#pragma once
// An image's files, as libs/closure looks at them.

#include <thimble/closure/file_view.h>
#include <thimble/image/image_files.h>

namespace thimble::cli {

// The files outlive the view.
class ImageView final : public closure::FileView {
 public:
  explicit ImageView(const image::ImageFiles& files) : files_(files) {}

  [[nodiscard]] std::optional<Node> find(std::string_view path) const override;
  [[nodiscard]] std::vector<std::string> list(std::string_view path) const override;
  [[nodiscard]] Result<std::string> read(std::string_view path, std::size_t limit) const override;
  [[nodiscard]] Result<image::TreeEntry> entry(std::string_view path) const override;

 private:
  const image::ImageFiles& files_;
};

}  // namespace thimble::cli
