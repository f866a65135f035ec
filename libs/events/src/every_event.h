#pragma once
// All events there are, for what the tests and the fuzz target do to each of them.

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <thimble/base/result.h>
#include <thimble/events/alb.h>
#include <thimble/events/api_gateway_v1.h>
#include <thimble/events/api_gateway_v2.h>
#include <thimble/events/api_gateway_websocket.h>
#include <thimble/events/authorizer.h>
#include <thimble/events/batch_response.h>
#include <thimble/events/cloudwatch_logs.h>
#include <thimble/events/cognito.h>
#include <thimble/events/dynamodb.h>
#include <thimble/events/event_bridge.h>
#include <thimble/events/function_url.h>
#include <thimble/events/kafka.h>
#include <thimble/events/kinesis.h>
#include <thimble/events/s3.h>
#include <thimble/events/sns.h>
#include <thimble/events/sqs.h>

namespace thimble::events {

struct Rewritten {
  std::string text;
  bool same;  // Whether `text` is read as what it was written from.
};

// An event without its type.
struct EventKind {
  std::string_view fixture;
  Result<Rewritten> (*rewrite)(std::string_view text);  // Reads, writes, reads again.
};

template <class Event>
[[nodiscard]] Result<Rewritten> rewrite(std::string_view text) {
  const auto event = Event::from_json(text);
  if (!event) return fail(event.error());
  Rewritten rewritten{};
  event->to_json(rewritten.text);
  const auto again = Event::from_json(rewritten.text);
  rewritten.same = again && *again == *event;
  return rewritten;
}

// Append to it: the corpus of the fuzz target has the indexes.
inline constexpr std::array kEventKinds{
    EventKind{"api_gateway/v2_request_fixture.json", &rewrite<ApiGatewayV2Request>},
    EventKind{"api_gateway/v2_response_fixture.json", &rewrite<ApiGatewayV2Response>},
    EventKind{"api_gateway/function_url_request_fixture.json", &rewrite<FunctionUrlRequest>},
    EventKind{"api_gateway/v1_request_fixture.json", &rewrite<ApiGatewayV1Request>},
    EventKind{"api_gateway/v1_response_fixture.json", &rewrite<ApiGatewayV1Response>},
    EventKind{"api_gateway/websocket_request_fixture.json", &rewrite<ApiGatewayWebSocketRequest>},
    EventKind{"api_gateway/websocket_response_fixture.json", &rewrite<ApiGatewayWebSocketResponse>},
    EventKind{"alb/request_fixture.json", &rewrite<AlbRequest>},
    EventKind{"alb/response_fixture.json", &rewrite<AlbResponse>},
    EventKind{"authorizer/token_request_fixture.json", &rewrite<TokenAuthorizerRequest>},
    EventKind{"authorizer/request_request_fixture.json", &rewrite<RequestAuthorizerRequest>},
    EventKind{"authorizer/http_api_request_fixture.json", &rewrite<HttpApiAuthorizerRequest>},
    EventKind{"authorizer/policy_response_fixture.json", &rewrite<AuthorizerPolicyResponse>},
    EventKind{"authorizer/simple_response_fixture.json", &rewrite<AuthorizerSimpleResponse>},
    EventKind{"batch/fixture.json", &rewrite<BatchResponse>},
    EventKind{"sqs/fixture.json", &rewrite<SqsEvent>},
    EventKind{"sns/fixture.json", &rewrite<SnsEvent>},
    EventKind{"s3/fixture.json", &rewrite<S3Event>},
    EventKind{"event_bridge/fixture.json", &rewrite<EventBridgeEvent>},
    EventKind{"kinesis/fixture.json", &rewrite<KinesisEvent>},
    EventKind{"cloudwatch_logs/event_fixture.json", &rewrite<CloudWatchLogsEvent>},
    EventKind{"cloudwatch_logs/data_fixture.json", &rewrite<CloudWatchLogsData>},
    EventKind{"dynamodb/fixture.json", &rewrite<DynamoDbEvent>},
    EventKind{"kafka/fixture.json", &rewrite<KafkaEvent>},
    EventKind{"cognito/pre_sign_up_fixture.json", &rewrite<CognitoPreSignUpEvent>},
    EventKind{"cognito/post_confirmation_fixture.json", &rewrite<CognitoPostConfirmationEvent>},
    EventKind{"cognito/pre_authentication_fixture.json", &rewrite<CognitoPreAuthenticationEvent>},
    EventKind{"cognito/post_authentication_fixture.json", &rewrite<CognitoPostAuthenticationEvent>},
    EventKind{"cognito/pre_token_generation_fixture.json",
              &rewrite<CognitoPreTokenGenerationEvent>},
    EventKind{"cognito/pre_token_generation_v2_fixture.json",
              &rewrite<CognitoPreTokenGenerationV2Event>},
    EventKind{"cognito/custom_message_fixture.json", &rewrite<CognitoCustomMessageEvent>},
    EventKind{"cognito/define_auth_challenge_fixture.json",
              &rewrite<CognitoDefineAuthChallengeEvent>},
    EventKind{"cognito/create_auth_challenge_fixture.json",
              &rewrite<CognitoCreateAuthChallengeEvent>},
    EventKind{"cognito/verify_auth_challenge_fixture.json",
              &rewrite<CognitoVerifyAuthChallengeEvent>},
    EventKind{"cognito/user_migration_fixture.json", &rewrite<CognitoUserMigrationEvent>},
};

}  // namespace thimble::events
