#include "thimble/base/env.h"

namespace thimble {

Env Env::from(const char* const* environ_array) {
  Env env;
  for (const char* const* entry = environ_array; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    env.set_if_absent(text.substr(0, equals), text.substr(equals + 1));
  }
  return env;
}

std::optional<std::string_view> Env::find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::string_view Env::value_or(std::string_view name, std::string_view fallback) const {
  const auto value = find(name);
  return value && !value->empty() ? *value : fallback;
}

void Env::set(std::string_view name, std::string_view value) {
  values_.insert_or_assign(std::string(name), value);
}

void Env::set_if_absent(std::string_view name, std::string_view value) {
  values_.try_emplace(std::string(name), value);
}

void Env::erase(std::string_view name) {
  if (const auto found = values_.find(name); found != values_.end()) values_.erase(found);
}

std::vector<std::string> Env::entries() const {
  std::vector<std::string> entries;
  entries.reserve(values_.size());
  for (const auto& [name, value] : values_) entries.push_back(name + "=" + value);
  return entries;
}

}  // namespace thimble
