#include "availability_zone.h"

#include <array>

namespace thimble::emulator {
namespace {

constexpr std::array<std::string_view, 5> kDirections = {"north", "south", "east", "west",
                                                         "central"};

// "n" of north, "se" of southeast, "g" of gov.
void append_short(std::string& id, std::string_view word) {
  const std::string_view whole = word;
  while (!word.empty()) {
    const std::size_t before = word.size();
    for (const std::string_view direction : kDirections) {
      if (!word.starts_with(direction)) continue;
      id += direction.front();
      word.remove_prefix(direction.size());
    }
    if (word.size() == before) break;
  }
  if (word.size() == whole.size() && !whole.empty()) id += whole.front();
}

}  // namespace

std::string first_zone_id(std::string_view region) {
  const std::size_t area_end = region.find('-');
  const std::size_t number = region.rfind('-');
  std::string id(region.substr(0, area_end));
  if (area_end != std::string_view::npos) {
    std::size_t at = area_end;
    while (at < number) {
      const std::size_t end = region.find('-', at + 1);
      append_short(id, region.substr(at + 1, end - at - 1));
      at = end;
    }
    id += region.substr(number + 1);
  }
  return id += "-az1";
}

}  // namespace thimble::emulator
