#include <thimble/events/cognito.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(Cognito, ReadsPreSignUp) {
  const auto event = read_fixture<CognitoPreSignUpEvent>("cognito/pre_sign_up_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "PreSignUp_SignUp");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.user_attributes, (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                                                {"email", "zoe@example.com"},
                                                {"cognito:user_status", "CONFIRMED"}}));
  EXPECT_EQ(request.validation_data, (StringMap{{"captcha", "17"}}));
  EXPECT_EQ(request.client_metadata, (StringMap{{"shop", "köln"}}));
  const auto& response = event.response;
  EXPECT_TRUE(response.auto_confirm_user);
  EXPECT_TRUE(response.auto_verify_email);
  EXPECT_FALSE(response.auto_verify_phone);
}

TEST(Cognito, ReadsPostConfirmation) {
  const auto event =
      read_fixture<CognitoPostConfirmationEvent>("cognito/post_confirmation_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "PostConfirmation_ConfirmSignUp");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  EXPECT_EQ(event.request.user_attributes,
            (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                       {"email", "zoe@example.com"},
                       {"cognito:user_status", "CONFIRMED"}}));
  EXPECT_EQ(event.request.client_metadata, (StringMap{{"shop", "köln"}}));
}

TEST(Cognito, ReadsPreAuthentication) {
  const auto event =
      read_fixture<CognitoPreAuthenticationEvent>("cognito/pre_authentication_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "PreAuthentication_Authentication");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.user_attributes, (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                                                {"email", "zoe@example.com"},
                                                {"cognito:user_status", "CONFIRMED"}}));
  EXPECT_EQ(request.validation_data, (StringMap{{"captcha", "17"}}));
  EXPECT_TRUE(request.user_not_found);
}

TEST(Cognito, ReadsPostAuthentication) {
  const auto event =
      read_fixture<CognitoPostAuthenticationEvent>("cognito/post_authentication_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "PostAuthentication_Authentication");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.user_attributes, (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                                                {"email", "zoe@example.com"},
                                                {"cognito:user_status", "CONFIRMED"}}));
  EXPECT_TRUE(request.new_device_used);
  EXPECT_EQ(request.client_metadata, (StringMap{{"shop", "köln"}}));
}

TEST(Cognito, ReadsPreTokenGeneration) {
  const auto event =
      read_fixture<CognitoPreTokenGenerationEvent>("cognito/pre_token_generation_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "TokenGeneration_HostedAuth");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.user_attributes, (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                                                {"email", "zoe@example.com"},
                                                {"cognito:user_status", "CONFIRMED"}}));
  EXPECT_EQ(request.group_configuration.groups_to_override,
            (std::vector<std::string>{"admins", "staff"}));
  EXPECT_EQ(request.group_configuration.iam_roles_to_override,
            (std::vector<std::string>{"arn:aws:iam::111122223333:role/admin"}));
  EXPECT_EQ(request.group_configuration.preferred_role, "arn:aws:iam::111122223333:role/admin");
  EXPECT_EQ(request.client_metadata, (StringMap{{"shop", "köln"}}));
  const auto& response = event.response;
  ASSERT_TRUE(response.claims_override_details);
  EXPECT_EQ(response.claims_override_details->claims_to_add_or_override,
            (StringMap{{"tenant", "blue"}}));
  EXPECT_EQ(response.claims_override_details->claims_to_suppress,
            (std::vector<std::string>{"email"}));
  ASSERT_TRUE(response.claims_override_details->group_override_details);
  EXPECT_EQ(response.claims_override_details->group_override_details->groups_to_override,
            (std::vector<std::string>{"admins", "staff"}));
  EXPECT_EQ(response.claims_override_details->group_override_details->iam_roles_to_override,
            (std::vector<std::string>{"arn:aws:iam::111122223333:role/admin"}));
  EXPECT_EQ(response.claims_override_details->group_override_details->preferred_role,
            "arn:aws:iam::111122223333:role/admin");
}

TEST(Cognito, ReadsPreTokenGenerationV2) {
  const auto event = read_fixture<CognitoPreTokenGenerationV2Event>(
      "cognito/pre_token_generation_v2_fixture.json");
  EXPECT_EQ(event.version, "2");
  EXPECT_EQ(event.trigger_source, "TokenGeneration_Authentication");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.user_attributes, (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                                                {"email", "zoe@example.com"},
                                                {"cognito:user_status", "CONFIRMED"}}));
  EXPECT_EQ(request.group_configuration.groups_to_override,
            (std::vector<std::string>{"admins", "staff"}));
  EXPECT_EQ(request.group_configuration.iam_roles_to_override,
            (std::vector<std::string>{"arn:aws:iam::111122223333:role/admin"}));
  EXPECT_EQ(request.group_configuration.preferred_role, "arn:aws:iam::111122223333:role/admin");
  EXPECT_EQ(request.scopes, (std::vector<std::string>{"openid", "email"}));
  EXPECT_EQ(request.client_metadata, (StringMap{{"shop", "köln"}}));
  const auto& response = event.response;
  ASSERT_TRUE(response.claims_and_scope_override_details);
  ASSERT_TRUE(response.claims_and_scope_override_details->id_token_generation);
  EXPECT_EQ(response.claims_and_scope_override_details->id_token_generation
                ->claims_to_add_or_override.size(),
            2U);
  ASSERT_TRUE(response.claims_and_scope_override_details->id_token_generation
                  ->claims_to_add_or_override.contains("tenant"));
  EXPECT_EQ(compact((*response.claims_and_scope_override_details->id_token_generation
                          ->claims_to_add_or_override.find("tenant"))
                        .text),
            R"("blue")");
  ASSERT_TRUE(response.claims_and_scope_override_details->id_token_generation
                  ->claims_to_add_or_override.contains("roles"));
  EXPECT_EQ(compact((*response.claims_and_scope_override_details->id_token_generation
                          ->claims_to_add_or_override.find("roles"))
                        .text),
            R"(["a"])");
  EXPECT_EQ(response.claims_and_scope_override_details->id_token_generation->claims_to_suppress,
            (std::vector<std::string>{"email"}));
  ASSERT_TRUE(response.claims_and_scope_override_details->access_token_generation);
  EXPECT_EQ(response.claims_and_scope_override_details->access_token_generation
                ->claims_to_add_or_override.size(),
            1U);
  ASSERT_TRUE(response.claims_and_scope_override_details->access_token_generation
                  ->claims_to_add_or_override.contains("level"));
  EXPECT_EQ(compact((*response.claims_and_scope_override_details->access_token_generation
                          ->claims_to_add_or_override.find("level"))
                        .text),
            "7");
  EXPECT_EQ(response.claims_and_scope_override_details->access_token_generation->claims_to_suppress,
            (std::vector<std::string>{"phone"}));
  EXPECT_EQ(response.claims_and_scope_override_details->access_token_generation->scopes_to_add,
            (std::vector<std::string>{"shop/read"}));
  EXPECT_EQ(response.claims_and_scope_override_details->access_token_generation->scopes_to_suppress,
            (std::vector<std::string>{"openid"}));
  ASSERT_TRUE(response.claims_and_scope_override_details->group_override_details);
  EXPECT_EQ(response.claims_and_scope_override_details->group_override_details->groups_to_override,
            (std::vector<std::string>{"admins", "staff"}));
  EXPECT_EQ(
      response.claims_and_scope_override_details->group_override_details->iam_roles_to_override,
      (std::vector<std::string>{"arn:aws:iam::111122223333:role/admin"}));
  EXPECT_EQ(response.claims_and_scope_override_details->group_override_details->preferred_role,
            "arn:aws:iam::111122223333:role/admin");
}

TEST(Cognito, ReadsCustomMessage) {
  const auto event = read_fixture<CognitoCustomMessageEvent>("cognito/custom_message_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "CustomMessage_ForgotPassword");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.user_attributes, (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                                                {"email", "zoe@example.com"},
                                                {"cognito:user_status", "CONFIRMED"}}));
  EXPECT_EQ(request.code_parameter, "{####}");
  EXPECT_EQ(request.link_parameter, "{##Click Here##}");
  EXPECT_EQ(request.username_parameter, "{username}");
  EXPECT_EQ(request.client_metadata, (StringMap{{"shop", "köln"}}));
  const auto& response = event.response;
  EXPECT_EQ(response.sms_message, "Code {####}");
  EXPECT_EQ(response.email_message, "<b>{####}</b>");
  EXPECT_EQ(response.email_subject, "Gruß");
}

TEST(Cognito, ReadsDefineAuthChallenge) {
  const auto event =
      read_fixture<CognitoDefineAuthChallengeEvent>("cognito/define_auth_challenge_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "DefineAuthChallenge_Authentication");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.user_attributes, (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                                                {"email", "zoe@example.com"},
                                                {"cognito:user_status", "CONFIRMED"}}));
  ASSERT_EQ(request.session.size(), 1U);
  EXPECT_EQ(request.session[0].challenge_name, "CUSTOM_CHALLENGE");
  EXPECT_TRUE(request.session[0].challenge_result);
  EXPECT_EQ(request.session[0].challenge_metadata, "CAPTCHA");
  EXPECT_EQ(request.client_metadata, (StringMap{{"shop", "köln"}}));
  EXPECT_TRUE(request.user_not_found);
  const auto& response = event.response;
  EXPECT_EQ(response.challenge_name, "CUSTOM_CHALLENGE");
  EXPECT_TRUE(response.issue_tokens);
  EXPECT_TRUE(response.fail_authentication);
}

TEST(Cognito, ReadsCreateAuthChallenge) {
  const auto event =
      read_fixture<CognitoCreateAuthChallengeEvent>("cognito/create_auth_challenge_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "CreateAuthChallenge_Authentication");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.user_attributes, (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                                                {"email", "zoe@example.com"},
                                                {"cognito:user_status", "CONFIRMED"}}));
  EXPECT_EQ(request.challenge_name, "CUSTOM_CHALLENGE");
  ASSERT_EQ(request.session.size(), 1U);
  EXPECT_EQ(request.session[0].challenge_name, "CUSTOM_CHALLENGE");
  EXPECT_TRUE(request.session[0].challenge_result);
  EXPECT_EQ(request.session[0].challenge_metadata, "CAPTCHA");
  EXPECT_EQ(request.client_metadata, (StringMap{{"shop", "köln"}}));
  EXPECT_TRUE(request.user_not_found);
  const auto& response = event.response;
  EXPECT_EQ(response.public_challenge_parameters, (StringMap{{"captchaUrl", "url/17.jpg"}}));
  EXPECT_EQ(response.private_challenge_parameters, (StringMap{{"answer", "fünf"}}));
  EXPECT_EQ(response.challenge_metadata, "CAPTCHA");
}

TEST(Cognito, ReadsVerifyAuthChallenge) {
  const auto event =
      read_fixture<CognitoVerifyAuthChallengeEvent>("cognito/verify_auth_challenge_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "VerifyAuthChallengeResponse_Authentication");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.user_attributes, (StringMap{{"sub", "42051434-5091-70ec-4b71-7c26db407ea4"},
                                                {"email", "zoe@example.com"},
                                                {"cognito:user_status", "CONFIRMED"}}));
  EXPECT_EQ(request.private_challenge_parameters, (StringMap{{"answer", "fünf"}}));
  EXPECT_EQ(request.challenge_answer, "fünf");
  EXPECT_EQ(request.client_metadata, (StringMap{{"shop", "köln"}}));
  EXPECT_TRUE(request.user_not_found);
  EXPECT_TRUE(event.response.answer_correct);
}

TEST(Cognito, ReadsUserMigration) {
  const auto event = read_fixture<CognitoUserMigrationEvent>("cognito/user_migration_fixture.json");
  EXPECT_EQ(event.version, "1");
  EXPECT_EQ(event.trigger_source, "UserMigration_Authentication");
  EXPECT_EQ(event.region, "eu-central-1");
  EXPECT_EQ(event.user_pool_id, "eu-central-1_17EXAMPLE");
  EXPECT_EQ(event.user_name, "zoë");
  EXPECT_EQ(event.caller_context.aws_sdk_version, "aws-sdk-unknown-unknown");
  EXPECT_EQ(event.caller_context.client_id, "7client17");
  const auto& request = event.request;
  EXPECT_EQ(request.password, "geheim-ß");
  EXPECT_EQ(request.validation_data, (StringMap{{"captcha", "17"}}));
  EXPECT_EQ(request.client_metadata, (StringMap{{"shop", "köln"}}));
  const auto& response = event.response;
  EXPECT_EQ(response.user_attributes, (StringMap{{"email", "zoe@example.com"}}));
  EXPECT_EQ(response.final_user_status, "CONFIRMED");
  EXPECT_EQ(response.message_action, "SUPPRESS");
  EXPECT_EQ(response.desired_delivery_mediums, (std::vector<std::string>{"EMAIL"}));
  EXPECT_EQ(response.force_alias_creation, false);
  EXPECT_EQ(response.enable_sms_mfa, true);
}

TEST(Cognito, SendsBackWhatItDoesNotKnow) {
  auto event = CognitoPreSignUpEvent::from_json(
      R"({"version":"1","new":[1, 2],"callerContext":{"zone":"b"},"request":{"userAttributes":{},"age":17},)"
      R"("response":{"autoConfirmUser":false,"autoTea":null}})");
  ASSERT_TRUE(event);
  event->response.auto_confirm_user = true;
  EXPECT_EQ(written(*event),
            R"({"version":"1","triggerSource":"","region":"","userPoolId":"","userName":"",)"
            R"("callerContext":{"awsSdkVersion":"","clientId":"","zone":"b"},)"
            R"("request":{"userAttributes":{},"age":17},"response":{"autoConfirmUser":true,)"
            R"("autoVerifyEmail":false,"autoVerifyPhone":false,"autoTea":null},"new":[1, 2]})");
}

TEST(Cognito, ReadsAnswersThatAreNull) {
  const auto message = CognitoCustomMessageEvent::from_json(
      R"({"response":{"smsMessage":null,"emailMessage":null,"emailSubject":null}})");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->response, CognitoCustomMessageResponse());
  const auto token =
      CognitoPreTokenGenerationEvent::from_json(R"({"response":{"claimsOverrideDetails":null}})");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->response.claims_override_details, std::nullopt);
}

TEST(Cognito, SaysWhichValueIsWrong) {
  EXPECT_EQ(error_of<CognitoDefineAuthChallengeEvent>(
                R"({"request":{"session":[{"challengeResult":"yes"}]}})"),
            "request.session[0].challengeResult: expected true or false at byte 42");
}

}  // namespace
}  // namespace thimble::events
