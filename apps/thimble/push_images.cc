#include "push_images.h"

#include <thimble/image/oci_layout.h>

#include "transfer_bars.h"

namespace thimble::cli {

Result<image::Digest> push_images(const std::vector<image::Image>& images,
                                  const image::Reference& reference, const RegistryFlags& flags,
                                  const Context& context) {
  auto access = RegistryAccess::open(context, flags);
  if (!access) return fail(std::move(access.error()));
  TransferBars bars(context, flags.quiet);
  const registry::PushOptions how{
      .on_progress = [&bars](const registry::Progress& progress) { bars.show(progress); }};
  if (images.size() == 1) return access->client().push(images.front(), reference, how);
  return access->client().push_index(image::index_of(images), images, reference, how);
}

}  // namespace thimble::cli
