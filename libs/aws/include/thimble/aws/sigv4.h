#pragma once
// Signs requests with Signature Version 4, as AWS's "Signature Version 4 signing process" has it:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

#include <string>
#include <string_view>

#include <thimble/aws/credentials.h>
#include <thimble/base/clock.h>
#include <thimble/base/result.h>
#include <thimble/fetch/client.h>

namespace thimble::aws {

// What a signature is made for. All outlives the call only.
struct Signing {
  std::string_view service;  // Its name in signatures: "ecr", "s3".
  std::string_view region;
  const Credentials& credentials;
  WallTime time;

  // Says UNSIGNED-PAYLOAD in place of the body's hash, where the service allows it (S3, over TLS).
  bool unsigned_payload = false;
};

// Adds X-Amz-Date, Authorization and, as needed, X-Amz-Security-Token and X-Amz-Content-Sha256 to
// `request`; what it had of them is replaced, except that a hash given in X-Amz-Content-Sha256 is
// believed. Every other header is signed with it, but for those that proxies and clients change.
//
// The path is normalised and encoded once more, for S3 it is taken as it is. The query may have any
// order. Fails for a URL that is none, and with kIo or kNotFound if a file for the body cannot be
// read.
[[nodiscard]] Result<void> sign(fetch::Request& request, const Signing& signing);

// The URL of `request` with a signature in its query, good for `lasts` from the time of signing.
// Whoever uses it must send the request's headers too, of which there are usually none.
[[nodiscard]] Result<std::string> presign(const fetch::Request& request, const Signing& signing,
                                          Seconds lasts);

}  // namespace thimble::aws
