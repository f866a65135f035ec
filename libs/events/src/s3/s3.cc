#include <thimble/events/s3.h>

#include <thimble/events/form.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<S3UserIdentity> {
  using T = S3UserIdentity;
  using Members = List<
      Member<"principalId", &T::principal_id>>;
};

template <>
struct Schema<S3RequestParameters> {
  using T = S3RequestParameters;
  using Members = List<
      Member<"sourceIPAddress", &T::source_ip_address>>;
};

template <>
struct Schema<S3ResponseElements> {
  using T = S3ResponseElements;
  using Members = List<
      Member<"x-amz-request-id", &T::x_amz_request_id>,
      Member<"x-amz-id-2", &T::x_amz_id_2>>;
};

template <>
struct Schema<S3Bucket> {
  using T = S3Bucket;
  using Members = List<
      Member<"name", &T::name>,
      Member<"ownerIdentity", &T::owner_identity>,
      Member<"arn", &T::arn>>;
};

template <>
struct Schema<S3Object> {
  using T = S3Object;
  using Members = List<
      Member<"key", &T::key>,
      Member<"size", &T::size>,
      Sparse<"eTag", &T::e_tag>,
      Sparse<"versionId", &T::version_id>,
      Member<"sequencer", &T::sequencer>>;
};

template <>
struct Schema<S3Entity> {
  using T = S3Entity;
  using Members = List<
      Member<"s3SchemaVersion", &T::schema_version>,
      Member<"configurationId", &T::configuration_id>,
      Member<"bucket", &T::bucket>,
      Member<"object", &T::object>>;
};

template <>
struct Schema<S3RestoreEventData> {
  using T = S3RestoreEventData;
  using Members = List<
      Member<"lifecycleRestorationExpiryTime", &T::lifecycle_restoration_expiry_time>,
      Member<"lifecycleRestoreStorageClass", &T::lifecycle_restore_storage_class>>;
};

template <>
struct Schema<S3GlacierEventData> {
  using T = S3GlacierEventData;
  using Members = List<
      Member<"restoreEventData", &T::restore_event_data>>;
};

template <>
struct Schema<S3ReplicationEventData> {
  using T = S3ReplicationEventData;
  using Members = List<
      Member<"replicationRuleId", &T::replication_rule_id>,
      Member<"destinationBucket", &T::destination_bucket>,
      Member<"s3Operation", &T::s3_operation>,
      Member<"requestTime", &T::request_time>,
      Member<"failureReason", &T::failure_reason>,
      Member<"threshold", &T::threshold>,
      Member<"replicationTime", &T::replication_time>>;
};

template <>
struct Schema<S3IntelligentTieringEventData> {
  using T = S3IntelligentTieringEventData;
  using Members = List<
      Member<"destinationAccessTier", &T::destination_access_tier>>;
};

template <>
struct Schema<S3TransitionEventData> {
  using T = S3TransitionEventData;
  using Members = List<
      Member<"destinationStorageClass", &T::destination_storage_class>>;
};

template <>
struct Schema<S3LifecycleEventData> {
  using T = S3LifecycleEventData;
  using Members = List<
      Member<"transitionEventData", &T::transition_event_data>>;
};

template <>
struct Schema<S3Record> {
  using T = S3Record;
  using Members = List<
      Member<"eventVersion", &T::event_version>,
      Member<"eventSource", &T::event_source>,
      Member<"awsRegion", &T::aws_region>,
      Member<"eventTime", &T::event_time>,
      Member<"eventName", &T::event_name>,
      Member<"userIdentity", &T::user_identity>,
      Member<"requestParameters", &T::request_parameters>,
      Member<"responseElements", &T::response_elements>,
      Member<"s3", &T::s3>,
      Member<"glacierEventData", &T::glacier_event_data>,
      Member<"replicationEventData", &T::replication_event_data>,
      Member<"intelligentTieringEventData", &T::intelligent_tiering_event_data>,
      Member<"lifecycleEventData", &T::lifecycle_event_data>>;
};

template <>
struct Schema<S3Event> {
  using T = S3Event;
  using Members = List<
      Always<"Records", &T::records>>;
};

// clang-format on

}  // namespace detail

Result<S3Event> S3Event::from_json(std::string_view text) {
  return detail::parse<S3Event>(text);
}
void S3Event::to_json(std::string& out) const {
  detail::append(out, *this);
}

std::string S3Object::decoded_key() const {
  return decode_form(key);
}

}  // namespace thimble::events
