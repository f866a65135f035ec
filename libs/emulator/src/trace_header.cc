#include "trace_header.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

namespace thimble::emulator {
namespace {

// Takes the first member off `header`; empty ones too.
std::string_view take_member(std::string_view& header) {
  const std::size_t end = header.find(';');
  const std::string_view member = header.substr(0, end);
  header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
  return member;
}

bool has_key(std::string_view member, std::string_view key) {
  return member.starts_with(key) && member.substr(key.size()).starts_with('=');
}

std::string new_root(WallTime now, RandomIds& ids) {
  const auto seconds = std::chrono::duration_cast<Seconds>(now.time_since_epoch()).count();
  char time[16];
  const auto end =
      std::to_chars(time, time + sizeof time, static_cast<std::uint64_t>(seconds), 16).ptr;
  return std::string("1-").append(time, end).append("-").append(ids.hex(24));
}

}  // namespace

std::string_view trace_member(std::string_view header, std::string_view key) {
  while (!header.empty()) {
    const std::string_view member = take_member(header);
    if (has_key(member, key)) return member.substr(key.size() + 1);
  }
  return {};
}

bool is_sampled(std::string_view header) {
  return trace_member(header, "Sampled") == "1";
}

std::string with_parent(std::string_view header, std::string_view parent) {
  std::string text("Root=");
  text.append(trace_member(header, "Root")).append(";Parent=").append(parent);
  while (!header.empty()) {
    const std::string_view member = take_member(header);
    if (member.empty() || has_key(member, "Root") || has_key(member, "Parent")) continue;
    text.append(";").append(member);
  }
  return text;
}

std::string complete_trace_header(std::string_view given, const TraceDefaults& defaults,
                                  RandomIds& ids) {
  const std::string_view root = trace_member(given, "Root");
  if (root.empty()) given = {};
  const std::string_view parent = trace_member(given, "Parent");
  const std::string_view sampled = trace_member(given, "Sampled");
  const bool is_decided = sampled == "0" || sampled == "1";
  const bool needs_parent = parent.empty() && defaults.has_parent;
  if (!root.empty() && is_decided && !needs_parent) return std::string(given);

  std::string text("Root=");
  text.append(root.empty() ? new_root(defaults.now, ids) : std::string(root));
  if (!parent.empty() || needs_parent) {
    text.append(";Parent=").append(parent.empty() ? ids.hex(16) : std::string(parent));
  }
  text.append(";Sampled=").append(is_decided ? sampled : defaults.is_sampled ? "1" : "0");
  while (!given.empty()) {
    const std::string_view member = take_member(given);
    if (member.empty() || has_key(member, "Root") || has_key(member, "Parent") ||
        has_key(member, "Sampled")) {
      continue;
    }
    text.append(";").append(member);
  }
  return text;
}

}  // namespace thimble::emulator
