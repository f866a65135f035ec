#pragma once
// Names of Lambda's metadata endpoint, version 2026-01-15
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html).

#include <string_view>

namespace thimble::wire {

inline constexpr std::string_view kMetadata = "/2026-01-15/metadata/execution-environment";

// The variables that say where it is, and what a request for it must carry as its bearer token.
inline constexpr std::string_view kMetadataApiVariable = "AWS_LAMBDA_METADATA_API";
inline constexpr std::string_view kMetadataTokenVariable = "AWS_LAMBDA_METADATA_TOKEN";

inline constexpr std::string_view kAvailabilityZoneId = "AvailabilityZoneID";

// An environment never changes its zone; but one that is going to be a snapshot may be restored in
// another, and Lambda's documentation does not say how many seconds it gives that.
inline constexpr std::string_view kMetadataCaching = "private, max-age=43200, immutable";
inline constexpr std::string_view kMetadataCachingBeforeSnapshot = "private, max-age=1, immutable";

}  // namespace thimble::wire
