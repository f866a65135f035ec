#include "run_plan.h"

#include <algorithm>

#include <thimble/base/parse_number.h>

namespace thimble::cli {
namespace {

constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::vector<std::string_view> split(std::string_view line, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = line.find(by);
    parts.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return parts;
    line.remove_prefix(end + 1);
  }
}

struct Account {
  std::uint32_t user;
  std::uint32_t group;
};

// The account of that name or number.
std::optional<Account> find_account(std::string_view passwd, std::string_view who) {
  for (const std::string_view line : split(passwd, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 4 || (fields[0] != who && fields[2] != who)) continue;
    const auto user = parse_number<std::uint32_t>(fields[2]);
    const auto group = parse_number<std::uint32_t>(fields[3]);
    if (user && group) return Account{*user, *group};
  }
  return std::nullopt;
}

// The number of the group of that name or number.
std::optional<std::uint32_t> find_group(std::string_view groups, std::string_view which) {
  for (const std::string_view line : split(groups, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() >= 3 && fields[0] == which) return parse_number<std::uint32_t>(fields[2]);
  }
  return parse_number<std::uint32_t>(which);
}

// OCI's "User": user, uid, user:group, uid:gid, uid:group, user:gid.
Result<Account> account_of(const std::string& text, const AccountFiles& files) {
  if (text.empty()) return Account{0, 0};
  const auto parts = split(text, ':');
  Account account{0, 0};
  if (const auto found = find_account(files.passwd, parts[0])) {
    account = *found;
  } else if (const auto number = parse_number<std::uint32_t>(parts[0])) {
    account.user = *number;
  } else {
    return fail(ErrorCode::kNotFound,
                "the image runs as user '" + text + "', whom its /etc/passwd does not know");
  }
  if (parts.size() > 1) {
    const auto group = find_group(files.group, parts[1]);
    if (!group) {
      return fail(ErrorCode::kNotFound, "the image runs as user '" + text +
                                            "', whose group its /etc/group does not know");
    }
    account.group = *group;
  }
  return account;
}

bool is_emulator(std::string_view program) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return name == "lambda-entrypoint" || name == "aws-lambda-rie";
}

}  // namespace

Result<RunPlan> run_plan(const image::ImageConfig& config, const RunOptions& options,
                         const AccountFiles& accounts) {
  RunPlan plan;
  if (config.entrypoint) plan.argv = *config.entrypoint;
  if (!plan.argv.empty() && is_emulator(plan.argv.front())) {
    plan.argv.emplace_back("--runtime-interface-emulator-address");
    plan.argv.push_back("127.0.0.1:" + std::to_string(options.port));
  }
  const std::vector<std::string> cmd = config.cmd.value_or(std::vector<std::string>{});
  const auto& command = options.command.empty() ? cmd : options.command;
  plan.argv.insert(plan.argv.end(), command.begin(), command.end());
  if (plan.argv.empty()) {
    return fail(ErrorCode::kInvalid, "the image has neither ENTRYPOINT nor CMD: nothing to start");
  }
  image::ImageConfig variables;
  variables.env = config.env;
  if (!variables.find_env("PATH")) variables.set_env("PATH", kPath);
  for (const std::string& entry : options.env) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::kInvalid, "variable '" + entry + "' is not like NAME=value");
    }
    variables.set_env(entry.substr(0, equals), entry.substr(equals + 1));
  }
  plan.env = std::move(variables.env);
  plan.working_dir = config.working_dir.empty() ? "/" : config.working_dir;
  const auto account = account_of(config.user, accounts);
  if (!account) return fail(account.error());
  plan.user = account->user;
  plan.group = account->group;
  return plan;
}

}  // namespace thimble::cli
