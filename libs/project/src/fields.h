#pragma once
// The keys of each section: the one list that reading, setting and describing share.

#include <concepts>
#include <type_traits>

#include <thimble/project/config.h>

namespace thimble::project::detail {

template <class Given, class Wanted>
concept Is = std::same_as<std::remove_const_t<Given>, Wanted>;

// Calls `visit(key, setting)` for each key, in the order of the documentation.
template <Is<ImageSettings> Section, class Visit>
void each_field(Section& section, Visit visit) {
  visit("base", section.base);
  visit("user", section.user);
  visit("emulator", section.emulator);
  visit("add", section.add);
  visit("python", section.python);
  visit("slim", section.slim);
  visit("labels", section.labels);
  visit("extensions", section.extensions);
  visit("include", section.include);
  visit("exclude_modules", section.exclude_modules);
  visit("platforms", section.platforms);
}

template <Is<Function> Section, class Visit>
void each_field(Section& section, Visit visit) {
  visit("name", section.name);
  visit("handler", section.handler);
  visit("memory", section.memory);
  visit("timeout", section.timeout);
  visit("arch", section.arch);
  visit("env", section.env);
  visit("command", section.command);
  visit("build", section.build);
  visit("language", section.language);
  visit("directory", section.directory);
}

template <Is<RunSettings> Section, class Visit>
void each_field(Section& section, Visit visit) {
  visit("port", section.port);
  visit("concurrency", section.concurrency);
  visit("watch", section.watch);
}

template <Is<PushSettings> Section, class Visit>
void each_field(Section& section, Visit visit) {
  visit("repository", section.repository);
  visit("sbom", section.sbom);
  visit("sign", section.sign);
}

template <Is<DeploySettings> Section, class Visit>
void each_field(Section& section, Visit visit) {
  visit("role", section.role);
  visit("url", section.url);
  visit("region", section.region);
}

// Without `expect`, which is any value.
template <Is<Event> Section, class Visit>
void each_field(Section& section, Visit visit) {
  visit("source", section.source);
  visit("request", section.request);
  visit("event", section.event);
  visit("function", section.function);
}

}  // namespace thimble::project::detail
