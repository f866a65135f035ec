#include <thimble/events/cognito.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<CognitoCallerContext> {
  using T = CognitoCallerContext;
  using Members = List<
      Member<"awsSdkVersion", &T::aws_sdk_version>,
      Member<"clientId", &T::client_id>>;
};

template <>
struct Schema<CognitoPreSignUpRequest> {
  using T = CognitoPreSignUpRequest;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Member<"validationData", &T::validation_data>,
      Member<"clientMetadata", &T::client_metadata>>;
};

template <>
struct Schema<CognitoPreSignUpResponse> {
  using T = CognitoPreSignUpResponse;
  using Members = List<
      Member<"autoConfirmUser", &T::auto_confirm_user>,
      Member<"autoVerifyEmail", &T::auto_verify_email>,
      Member<"autoVerifyPhone", &T::auto_verify_phone>>;
};

template <>
struct Schema<CognitoPostConfirmationRequest> {
  using T = CognitoPostConfirmationRequest;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Member<"clientMetadata", &T::client_metadata>>;
};

template <>
struct Schema<CognitoEmptyResponse> {
  using T = CognitoEmptyResponse;
  using Members = List<
>;
};

template <>
struct Schema<CognitoPreAuthenticationRequest> {
  using T = CognitoPreAuthenticationRequest;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Member<"validationData", &T::validation_data>,
      Member<"userNotFound", &T::user_not_found>>;
};

template <>
struct Schema<CognitoPostAuthenticationRequest> {
  using T = CognitoPostAuthenticationRequest;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Member<"newDeviceUsed", &T::new_device_used>,
      Member<"clientMetadata", &T::client_metadata>>;
};

template <>
struct Schema<CognitoGroupConfiguration> {
  using T = CognitoGroupConfiguration;
  using Members = List<
      Always<"groupsToOverride", &T::groups_to_override>,
      Always<"iamRolesToOverride", &T::iam_roles_to_override>,
      Member<"preferredRole", &T::preferred_role>>;
};

template <>
struct Schema<CognitoPreTokenGenerationRequest> {
  using T = CognitoPreTokenGenerationRequest;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Member<"groupConfiguration", &T::group_configuration>,
      Member<"clientMetadata", &T::client_metadata>>;
};

template <>
struct Schema<CognitoClaimsOverrideDetails> {
  using T = CognitoClaimsOverrideDetails;
  using Members = List<
      Member<"claimsToAddOrOverride", &T::claims_to_add_or_override>,
      Member<"claimsToSuppress", &T::claims_to_suppress>,
      Member<"groupOverrideDetails", &T::group_override_details>>;
};

template <>
struct Schema<CognitoPreTokenGenerationResponse> {
  using T = CognitoPreTokenGenerationResponse;
  using Members = List<
      Member<"claimsOverrideDetails", &T::claims_override_details>>;
};

template <>
struct Schema<CognitoPreTokenGenerationV2Request> {
  using T = CognitoPreTokenGenerationV2Request;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Member<"groupConfiguration", &T::group_configuration>,
      Member<"scopes", &T::scopes>,
      Member<"clientMetadata", &T::client_metadata>>;
};

template <>
struct Schema<CognitoIdTokenGeneration> {
  using T = CognitoIdTokenGeneration;
  using Members = List<
      Member<"claimsToAddOrOverride", &T::claims_to_add_or_override>,
      Member<"claimsToSuppress", &T::claims_to_suppress>>;
};

template <>
struct Schema<CognitoAccessTokenGeneration> {
  using T = CognitoAccessTokenGeneration;
  using Members = List<
      Member<"claimsToAddOrOverride", &T::claims_to_add_or_override>,
      Member<"claimsToSuppress", &T::claims_to_suppress>,
      Member<"scopesToAdd", &T::scopes_to_add>,
      Member<"scopesToSuppress", &T::scopes_to_suppress>>;
};

template <>
struct Schema<CognitoClaimsAndScopeOverrideDetails> {
  using T = CognitoClaimsAndScopeOverrideDetails;
  using Members = List<
      Member<"idTokenGeneration", &T::id_token_generation>,
      Member<"accessTokenGeneration", &T::access_token_generation>,
      Member<"groupOverrideDetails", &T::group_override_details>>;
};

template <>
struct Schema<CognitoPreTokenGenerationV2Response> {
  using T = CognitoPreTokenGenerationV2Response;
  using Members = List<
      Member<"claimsAndScopeOverrideDetails", &T::claims_and_scope_override_details>>;
};

template <>
struct Schema<CognitoCustomMessageRequest> {
  using T = CognitoCustomMessageRequest;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Sparse<"codeParameter", &T::code_parameter>,
      Sparse<"linkParameter", &T::link_parameter>,
      Member<"usernameParameter", &T::username_parameter>,
      Member<"clientMetadata", &T::client_metadata>>;
};

template <>
struct Schema<CognitoCustomMessageResponse> {
  using T = CognitoCustomMessageResponse;
  using Members = List<
      Member<"smsMessage", &T::sms_message>,
      Member<"emailMessage", &T::email_message>,
      Member<"emailSubject", &T::email_subject>>;
};

template <>
struct Schema<CognitoChallengeResult> {
  using T = CognitoChallengeResult;
  using Members = List<
      Member<"challengeName", &T::challenge_name>,
      Member<"challengeResult", &T::challenge_result>,
      Member<"challengeMetadata", &T::challenge_metadata>>;
};

template <>
struct Schema<CognitoDefineAuthChallengeRequest> {
  using T = CognitoDefineAuthChallengeRequest;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Always<"session", &T::session>,
      Member<"clientMetadata", &T::client_metadata>,
      Member<"userNotFound", &T::user_not_found>>;
};

template <>
struct Schema<CognitoDefineAuthChallengeResponse> {
  using T = CognitoDefineAuthChallengeResponse;
  using Members = List<
      Member<"challengeName", &T::challenge_name>,
      Member<"issueTokens", &T::issue_tokens>,
      Member<"failAuthentication", &T::fail_authentication>>;
};

template <>
struct Schema<CognitoCreateAuthChallengeRequest> {
  using T = CognitoCreateAuthChallengeRequest;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Member<"challengeName", &T::challenge_name>,
      Always<"session", &T::session>,
      Member<"clientMetadata", &T::client_metadata>,
      Member<"userNotFound", &T::user_not_found>>;
};

template <>
struct Schema<CognitoCreateAuthChallengeResponse> {
  using T = CognitoCreateAuthChallengeResponse;
  using Members = List<
      Member<"publicChallengeParameters", &T::public_challenge_parameters>,
      Member<"privateChallengeParameters", &T::private_challenge_parameters>,
      Member<"challengeMetadata", &T::challenge_metadata>>;
};

template <>
struct Schema<CognitoVerifyAuthChallengeRequest> {
  using T = CognitoVerifyAuthChallengeRequest;
  using Members = List<
      Always<"userAttributes", &T::user_attributes>,
      Member<"privateChallengeParameters", &T::private_challenge_parameters>,
      Member<"challengeAnswer", &T::challenge_answer>,
      Member<"clientMetadata", &T::client_metadata>,
      Member<"userNotFound", &T::user_not_found>>;
};

template <>
struct Schema<CognitoVerifyAuthChallengeResponse> {
  using T = CognitoVerifyAuthChallengeResponse;
  using Members = List<
      Member<"answerCorrect", &T::answer_correct>>;
};

template <>
struct Schema<CognitoUserMigrationRequest> {
  using T = CognitoUserMigrationRequest;
  using Members = List<
      Member<"password", &T::password>,
      Member<"validationData", &T::validation_data>,
      Member<"clientMetadata", &T::client_metadata>>;
};

template <>
struct Schema<CognitoUserMigrationResponse> {
  using T = CognitoUserMigrationResponse;
  using Members = List<
      Member<"userAttributes", &T::user_attributes>,
      Member<"finalUserStatus", &T::final_user_status>,
      Member<"messageAction", &T::message_action>,
      Member<"desiredDeliveryMediums", &T::desired_delivery_mediums>,
      Member<"forceAliasCreation", &T::force_alias_creation>,
      Member<"enableSMSMFA", &T::enable_sms_mfa>>;
};

template <class Request, class Response>
struct Schema<CognitoEvent<Request, Response>> {
  using T = CognitoEvent<Request, Response>;
  using Members = List<
      Member<"version", &T::version>,
      Member<"triggerSource", &T::trigger_source>,
      Member<"region", &T::region>,
      Member<"userPoolId", &T::user_pool_id>,
      Member<"userName", &T::user_name>,
      Member<"callerContext", &T::caller_context>,
      Member<"request", &T::request>,
      Member<"response", &T::response>>;
};

// clang-format on

}  // namespace detail

template <class Request, class Response>
auto CognitoEvent<Request, Response>::from_json(std::string_view text) -> Result<CognitoEvent> {
  return detail::parse<CognitoEvent>(text);
}
template <class Request, class Response>
void CognitoEvent<Request, Response>::to_json(std::string& out) const {
  detail::append(out, *this);
}

template struct CognitoEvent<CognitoPreSignUpRequest, CognitoPreSignUpResponse>;
template struct CognitoEvent<CognitoPostConfirmationRequest, CognitoEmptyResponse>;
template struct CognitoEvent<CognitoPreAuthenticationRequest, CognitoEmptyResponse>;
template struct CognitoEvent<CognitoPostAuthenticationRequest, CognitoEmptyResponse>;
template struct CognitoEvent<CognitoPreTokenGenerationRequest, CognitoPreTokenGenerationResponse>;
template struct CognitoEvent<CognitoPreTokenGenerationV2Request,
                             CognitoPreTokenGenerationV2Response>;
template struct CognitoEvent<CognitoCustomMessageRequest, CognitoCustomMessageResponse>;
template struct CognitoEvent<CognitoDefineAuthChallengeRequest, CognitoDefineAuthChallengeResponse>;
template struct CognitoEvent<CognitoCreateAuthChallengeRequest, CognitoCreateAuthChallengeResponse>;
template struct CognitoEvent<CognitoVerifyAuthChallengeRequest, CognitoVerifyAuthChallengeResponse>;
template struct CognitoEvent<CognitoUserMigrationRequest, CognitoUserMigrationResponse>;

}  // namespace thimble::events
