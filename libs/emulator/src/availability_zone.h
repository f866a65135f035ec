#pragma once
// Names of Availability Zones.

#include <string>
#include <string_view>

namespace thimble::emulator {

// The id of a region's first zone, as AWS abbreviates them: "use1-az1" in "us-east-1", "apse2-az1"
// in "ap-southeast-2".
[[nodiscard]] std::string first_zone_id(std::string_view region);

}  // namespace thimble::emulator
