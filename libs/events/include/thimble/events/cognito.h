#pragma once
// Triggers of Amazon Cognito user pools. A handler answers with the event it got, of which it has
// changed `response`; what is not known here is kept in `unknown` and sent back, too.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/flat_map.h>
#include <thimble/events/raw_json.h>

namespace thimble::events {

struct CognitoCallerContext {
  std::string aws_sdk_version{};
  std::string client_id{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoCallerContext&) const = default;
};

struct CognitoPreSignUpRequest {
  StringMap user_attributes{};
  StringMap validation_data{};
  StringMap client_metadata{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoPreSignUpRequest&) const = default;
};

struct CognitoPreSignUpResponse {
  bool auto_confirm_user = false;
  bool auto_verify_email = false;
  bool auto_verify_phone = false;

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoPreSignUpResponse&) const = default;
};

struct CognitoPostConfirmationRequest {
  StringMap user_attributes{};
  StringMap client_metadata{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoPostConfirmationRequest&) const = default;
};

// The triggers that follow an act have nothing to answer.
struct CognitoEmptyResponse {
  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoEmptyResponse&) const = default;
};

struct CognitoPreAuthenticationRequest {
  StringMap user_attributes{};
  StringMap validation_data{};  // The client metadata of the call.
  bool user_not_found = false;

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoPreAuthenticationRequest&) const = default;
};

struct CognitoPostAuthenticationRequest {
  StringMap user_attributes{};
  bool new_device_used = false;
  StringMap client_metadata{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoPostAuthenticationRequest&) const = default;
};

struct CognitoGroupConfiguration {
  std::vector<std::string> groups_to_override{};
  std::vector<std::string> iam_roles_to_override{};
  std::optional<std::string> preferred_role{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoGroupConfiguration&) const = default;
};

struct CognitoPreTokenGenerationRequest {
  StringMap user_attributes{};
  CognitoGroupConfiguration group_configuration{};
  StringMap client_metadata{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoPreTokenGenerationRequest&) const = default;
};

struct CognitoClaimsOverrideDetails {
  StringMap claims_to_add_or_override{};
  std::vector<std::string> claims_to_suppress{};
  std::optional<CognitoGroupConfiguration> group_override_details{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoClaimsOverrideDetails&) const = default;
};

struct CognitoPreTokenGenerationResponse {
  std::optional<CognitoClaimsOverrideDetails> claims_override_details{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoPreTokenGenerationResponse&) const = default;
};

struct CognitoPreTokenGenerationV2Request {
  StringMap user_attributes{};
  CognitoGroupConfiguration group_configuration{};
  std::vector<std::string> scopes{};
  StringMap client_metadata{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoPreTokenGenerationV2Request&) const = default;
};

struct CognitoIdTokenGeneration {
  FlatMap<RawJson> claims_to_add_or_override{};  // Any JSON: `RawJson::of("blue")`.
  std::vector<std::string> claims_to_suppress{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoIdTokenGeneration&) const = default;
};

struct CognitoAccessTokenGeneration {
  FlatMap<RawJson> claims_to_add_or_override{};
  std::vector<std::string> claims_to_suppress{};
  std::vector<std::string> scopes_to_add{};
  std::vector<std::string> scopes_to_suppress{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoAccessTokenGeneration&) const = default;
};

struct CognitoClaimsAndScopeOverrideDetails {
  std::optional<CognitoIdTokenGeneration> id_token_generation{};
  std::optional<CognitoAccessTokenGeneration> access_token_generation{};
  std::optional<CognitoGroupConfiguration> group_override_details{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoClaimsAndScopeOverrideDetails&) const = default;
};

struct CognitoPreTokenGenerationV2Response {
  std::optional<CognitoClaimsAndScopeOverrideDetails> claims_and_scope_override_details{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoPreTokenGenerationV2Response&) const = default;
};

struct CognitoCustomMessageRequest {
  StringMap user_attributes{};
  std::string code_parameter{};  // Stands in the message for the code: "{####}".
  std::string link_parameter{};  // Stands in it for the link: "{##Click Here##}".
  std::optional<std::string> username_parameter{};
  StringMap client_metadata{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoCustomMessageRequest&) const = default;
};

struct CognitoCustomMessageResponse {
  std::optional<std::string> sms_message{};
  std::optional<std::string> email_message{};
  std::optional<std::string> email_subject{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoCustomMessageResponse&) const = default;
};

struct CognitoChallengeResult {
  std::string challenge_name{};  // "SRP_A", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE" and so on.
  bool challenge_result = false;
  std::optional<std::string> challenge_metadata{};  // Of custom challenges.

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoChallengeResult&) const = default;
};

struct CognitoDefineAuthChallengeRequest {
  StringMap user_attributes{};
  std::vector<CognitoChallengeResult> session{};
  StringMap client_metadata{};
  bool user_not_found = false;

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoDefineAuthChallengeRequest&) const = default;
};

struct CognitoDefineAuthChallengeResponse {
  std::optional<std::string> challenge_name{};
  bool issue_tokens = false;
  bool fail_authentication = false;

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoDefineAuthChallengeResponse&) const = default;
};

struct CognitoCreateAuthChallengeRequest {
  StringMap user_attributes{};
  std::string challenge_name{};
  std::vector<CognitoChallengeResult> session{};
  StringMap client_metadata{};
  bool user_not_found = false;

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoCreateAuthChallengeRequest&) const = default;
};

struct CognitoCreateAuthChallengeResponse {
  StringMap public_challenge_parameters{};   // What the client gets to see.
  StringMap private_challenge_parameters{};  // What the verifying trigger gets.
  std::optional<std::string> challenge_metadata{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoCreateAuthChallengeResponse&) const = default;
};

struct CognitoVerifyAuthChallengeRequest {
  StringMap user_attributes{};
  StringMap private_challenge_parameters{};
  std::string challenge_answer{};
  StringMap client_metadata{};
  bool user_not_found = false;

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoVerifyAuthChallengeRequest&) const = default;
};

struct CognitoVerifyAuthChallengeResponse {
  bool answer_correct = false;

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoVerifyAuthChallengeResponse&) const = default;
};

struct CognitoUserMigrationRequest {
  std::string password{};
  StringMap validation_data{};
  StringMap client_metadata{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoUserMigrationRequest&) const = default;
};

struct CognitoUserMigrationResponse {
  StringMap user_attributes{};
  std::optional<std::string> final_user_status{};       // "CONFIRMED" or "RESET_REQUIRED".
  std::optional<std::string> message_action{};          // "SUPPRESS"
  std::vector<std::string> desired_delivery_mediums{};  // "EMAIL", "SMS"
  std::optional<bool> force_alias_creation{};
  std::optional<bool> enable_sms_mfa{};

  FlatMap<RawJson> unknown{};

  bool operator==(const CognitoUserMigrationResponse&) const = default;
};

// What all triggers have in common.
//
//   auto event = CognitoPreSignUpEvent::from_json(text);
//   if (!event) return fail(std::move(event.error()));
//   event->response.auto_confirm_user = true;
//   return event;
template <class Request, class Response>
struct CognitoEvent {
  std::string version{};
  std::string trigger_source{};  // "PreSignUp_SignUp", "PreSignUp_AdminCreateUser" and so on.
  std::string region{};
  std::string user_pool_id{};
  std::string user_name{};
  CognitoCallerContext caller_context{};
  Request request{};
  Response response{};
  FlatMap<RawJson> unknown{};

  [[nodiscard]] static Result<CognitoEvent> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const CognitoEvent&) const = default;
};

using CognitoPreSignUpEvent = CognitoEvent<CognitoPreSignUpRequest, CognitoPreSignUpResponse>;
using CognitoPostConfirmationEvent =
    CognitoEvent<CognitoPostConfirmationRequest, CognitoEmptyResponse>;
using CognitoPreAuthenticationEvent =
    CognitoEvent<CognitoPreAuthenticationRequest, CognitoEmptyResponse>;
using CognitoPostAuthenticationEvent =
    CognitoEvent<CognitoPostAuthenticationRequest, CognitoEmptyResponse>;
using CognitoPreTokenGenerationEvent =
    CognitoEvent<CognitoPreTokenGenerationRequest, CognitoPreTokenGenerationResponse>;
using CognitoPreTokenGenerationV2Event =
    CognitoEvent<CognitoPreTokenGenerationV2Request, CognitoPreTokenGenerationV2Response>;
using CognitoCustomMessageEvent =
    CognitoEvent<CognitoCustomMessageRequest, CognitoCustomMessageResponse>;
using CognitoDefineAuthChallengeEvent =
    CognitoEvent<CognitoDefineAuthChallengeRequest, CognitoDefineAuthChallengeResponse>;
using CognitoCreateAuthChallengeEvent =
    CognitoEvent<CognitoCreateAuthChallengeRequest, CognitoCreateAuthChallengeResponse>;
using CognitoVerifyAuthChallengeEvent =
    CognitoEvent<CognitoVerifyAuthChallengeRequest, CognitoVerifyAuthChallengeResponse>;
using CognitoUserMigrationEvent =
    CognitoEvent<CognitoUserMigrationRequest, CognitoUserMigrationResponse>;

}  // namespace thimble::events
