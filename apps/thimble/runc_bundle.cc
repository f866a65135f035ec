#include "runc_bundle.h"

#include <array>

#include <thimble/base/file.h>
#include <thimble/json/writer.h>

namespace thimble::cli {
namespace {

struct Mount {
  const char* destination;
  const char* type;
  const char* source;
  std::array<const char*, 5> options;
};

constexpr std::array<Mount, 5> kMounts{{
    {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
    {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
    {"/tmp", "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=1777"}},
    {"/etc/resolv.conf", "bind", "/etc/resolv.conf", {"bind", "ro"}},
}};

// What the emulator uses as PID 1, where the plan's user is root; Docker's default is wider.
constexpr std::array<const char*, 5> kCapabilities{"CAP_KILL", "CAP_SETUID", "CAP_SETGID",
                                                   "CAP_DAC_OVERRIDE", "CAP_CHOWN"};

void write_process(json::Writer& out, const RunPlan& plan) {
  out.key("process").begin_object();
  out.key("terminal").boolean(false);
  out.key("user").begin_object();
  out.key("uid").integer(plan.user).key("gid").integer(plan.group).end_object();
  out.key("args").begin_array();
  for (const std::string& word : plan.argv) out.string(word);
  out.end_array();
  out.key("env").begin_array();
  for (const std::string& entry : plan.env) out.string(entry);
  out.end_array();
  out.key("cwd").string(plan.working_dir);
  out.key("capabilities").begin_object();
  for (const char* set : {"bounding", "effective", "permitted"}) {
    out.key(set).begin_array();
    for (const char* capability : kCapabilities) out.string(capability);
    out.end_array();
  }
  out.end_object();
  out.key("noNewPrivileges").boolean(true);
  out.end_object();
}

void write_mounts(json::Writer& out, const std::filesystem::path& root) {
  out.key("mounts").begin_array();
  for (const Mount& mount : kMounts) {
    std::error_code error;
    const bool bind = std::string_view(mount.type) == "bind";
    const auto there = root / std::filesystem::path(mount.destination).relative_path();
    if (bind && (!std::filesystem::exists(mount.source, error) ||
                 !std::filesystem::exists(there.parent_path(), error))) {
      continue;
    }
    out.begin_object();
    out.key("destination").string(mount.destination);
    out.key("type").string(mount.type).key("source").string(mount.source);
    out.key("options").begin_array();
    for (const char* option : mount.options) {
      if (option != nullptr) out.string(option);
    }
    out.end_array().end_object();
  }
  out.end_array();
}

}  // namespace

Result<std::filesystem::path> write_runc_bundle(const std::filesystem::path& root,
                                                const RunPlan& plan) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("ociVersion").string("1.0.2");
  write_process(out, plan);
  out.key("root").begin_object().key("path").string(root.string());
  out.key("readonly").boolean(true).end_object();
  write_mounts(out, root);
  out.key("linux").begin_object().key("namespaces").begin_array();
  for (const char* kind : {"pid", "ipc", "uts", "mount"}) {
    out.begin_object().key("type").string(kind).end_object();
  }
  out.end_array().end_object().end_object();

  std::filesystem::path bundle = root;
  bundle += ".bundle";
  if (auto written = write_file(bundle / "config.json", text); !written) {
    return fail(std::move(written.error()));
  }
  return bundle;
}

}  // namespace thimble::cli
