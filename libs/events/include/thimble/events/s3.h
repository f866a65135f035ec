#pragma once
// Amazon S3 event notifications.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::events {

struct S3UserIdentity {
  std::string principal_id{};

  bool operator==(const S3UserIdentity&) const = default;
};

struct S3RequestParameters {
  std::string source_ip_address{};

  bool operator==(const S3RequestParameters&) const = default;
};

struct S3ResponseElements {
  std::string x_amz_request_id{};
  std::string x_amz_id_2{};

  bool operator==(const S3ResponseElements&) const = default;
};

struct S3Bucket {
  std::string name{};
  S3UserIdentity owner_identity{};
  std::string arn{};

  bool operator==(const S3Bucket&) const = default;
};

struct S3Object {
  std::string key{};  // Encoded as in a form: "red+flower%21.jpg". See `decoded_key`.
  std::optional<std::int64_t> size{};  // Bytes; not there when an object was deleted.
  std::string e_tag{};
  std::string version_id{};  // Only if the bucket has versions.
  std::string sequencer{};   // Orders the events of one key, compared as text of equal lengths.

  // The key itself: "red flower!.jpg".
  [[nodiscard]] std::string decoded_key() const;

  bool operator==(const S3Object&) const = default;
};

struct S3Entity {
  std::string schema_version{};
  std::string configuration_id{};
  S3Bucket bucket{};
  S3Object object{};

  bool operator==(const S3Entity&) const = default;
};

struct S3RestoreEventData {
  std::string lifecycle_restoration_expiry_time{};
  std::string lifecycle_restore_storage_class{};

  bool operator==(const S3RestoreEventData&) const = default;
};

struct S3GlacierEventData {
  S3RestoreEventData restore_event_data{};

  bool operator==(const S3GlacierEventData&) const = default;
};

struct S3ReplicationEventData {
  std::string replication_rule_id{};
  std::string destination_bucket{};
  std::string s3_operation{};
  std::string request_time{};
  std::string failure_reason{};
  std::string threshold{};
  std::string replication_time{};

  bool operator==(const S3ReplicationEventData&) const = default;
};

struct S3IntelligentTieringEventData {
  std::string destination_access_tier{};

  bool operator==(const S3IntelligentTieringEventData&) const = default;
};

struct S3TransitionEventData {
  std::string destination_storage_class{};

  bool operator==(const S3TransitionEventData&) const = default;
};

struct S3LifecycleEventData {
  S3TransitionEventData transition_event_data{};

  bool operator==(const S3LifecycleEventData&) const = default;
};

struct S3Record {
  std::string event_version{};
  std::string event_source{};
  std::string aws_region{};
  std::string event_time{};  // "1970-01-01T00:00:00.000Z"
  std::string event_name{};  // "ObjectCreated:Put"
  S3UserIdentity user_identity{};
  S3RequestParameters request_parameters{};
  S3ResponseElements response_elements{};
  S3Entity s3{};
  std::optional<S3GlacierEventData> glacier_event_data{};
  std::optional<S3ReplicationEventData> replication_event_data{};
  std::optional<S3IntelligentTieringEventData> intelligent_tiering_event_data{};
  std::optional<S3LifecycleEventData> lifecycle_event_data{};

  bool operator==(const S3Record&) const = default;
};

// The "s3:TestEvent" that S3 sends when notifications are set up has no records.
struct S3Event {
  std::vector<S3Record> records{};

  [[nodiscard]] static Result<S3Event> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const S3Event&) const = default;
};

}  // namespace thimble::events
