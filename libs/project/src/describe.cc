#include <string>

#include <thimble/project/config.h>

#include "convert.h"
#include "fields.h"

namespace thimble::project {
namespace {

// What of a name makes its value a secret; the same words that the emulator hides.
bool sounds_secret(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const std::string_view word : {"AUTH", "TOKEN", "SECRET", "PASS", "KEY", "COOKIE"}) {
    if (upper.find(word) != upper.npos) return true;
  }
  return false;
}

class Description final {
 public:
  template <class Section>
  void add(const std::string& prefix, const Section& section) {
    detail::each_field(section, [&](std::string_view key, const auto& field) {
      add_field(prefix + "." + std::string(key), field);
    });
  }

  template <class T>
  void add_field(const std::string& key, const Setting<T>& setting) {
    all_.push_back({key, detail::describe_value(setting.value), setting.origin});
  }

  void add_field(const std::string& key, const StringTable& table) {
    for (const auto& [name, setting] : table) {
      all_.push_back({key + "." + name,
                      sounds_secret(name) ? "(hidden)" : detail::describe_value(setting.value),
                      setting.origin});
    }
  }

  [[nodiscard]] std::vector<DescribedSetting> take() { return std::move(all_); }

 private:
  std::vector<DescribedSetting> all_;
};

}  // namespace

std::vector<DescribedSetting> describe(const Project& project) {
  Description all;
  for (const Function& function : project.functions) {
    const std::string prefix = function.key.empty() ? "" : "functions." + function.key;
    all.add(prefix.empty() ? "function" : prefix, function);
    all.add(prefix.empty() ? "image" : prefix + ".image", function.image);
  }
  all.add("run", project.run);
  all.add("push", project.push);
  all.add("deploy", project.deploy);
  for (const Event& event : project.events) {
    all.add("events." + event.name, event);
    all.add_field("events." + event.name + ".expect", event.expect);
  }
  return all.take();
}

}  // namespace thimble::project
