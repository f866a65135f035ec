#include "start.h"

#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <system_error>

#include <thimble/base/file.h>

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

void unblock_signals() {
  sigset_t none{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// What a process may write about itself before anything else, in /proc/self.
Result<void> tell_kernel(const char* file, const std::string& text) {
  FILE* out = std::fopen(file, "we");
  if (out == nullptr) return fail(system_error(std::string("write ") + file));
  const bool written = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (std::fclose(out) != 0 || !written) return fail(system_error(std::string("write ") + file));
  return {};
}

Result<void> enter_user_namespace(const RunPlan& plan) {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    return fail(
        system_error("make a user namespace (run it as root, or install docker or podman)"));
  }
  if (auto told = tell_kernel("/proc/self/setgroups", "deny"); !told) return told;
  const std::string to_user = std::to_string(plan.user) + " " + user + " 1";
  if (auto told = tell_kernel("/proc/self/uid_map", to_user); !told) return told;
  return tell_kernel("/proc/self/gid_map", std::to_string(plan.group) + " " + group + " 1");
}

// This machine's folder, seen in the root at the same place. A root without a place for it is left
// alone: handlers seldom need these.
void show(const char* folder, const fs::path& root) {
  const fs::path there = root / fs::path(folder).relative_path();
  (void)::mount(folder, there.c_str(), nullptr, MS_BIND | MS_REC, nullptr);
}

// What of a mount may not be changed by whoever mounts it once more.
unsigned long kept_flags(const fs::path& root) {
  struct statvfs status{};
  if (::statvfs(root.c_str(), &status) != 0) return 0;
  unsigned long flags = 0;
  if ((status.f_flag & ST_NOSUID) != 0) flags |= MS_NOSUID;
  if ((status.f_flag & ST_NODEV) != 0) flags |= MS_NODEV;
  if ((status.f_flag & ST_NOEXEC) != 0) flags |= MS_NOEXEC;
  if ((status.f_flag & ST_NOATIME) != 0) flags |= MS_NOATIME;
  if ((status.f_flag & ST_RELATIME) != 0) flags |= MS_RELATIME;
  return flags;
}

// As on Lambda, only /tmp can be written, and what was written is gone with the function.
Result<void> enter_root(const fs::path& root) {
  const char* const path = root.c_str();
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return fail(system_error("make mounts private"));
  }
  if (::mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) != 0) {
    return fail(system_error("mount '" + root.string() + "'"));
  }
  for (const char* folder : {"/proc", "/dev", "/etc/resolv.conf"}) show(folder, root);
  std::error_code error;
  if (const fs::path tmp = root / "tmp"; !fs::is_symlink(tmp, error)) {
    (void)::mount("tmpfs", tmp.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
  }
  const unsigned long read_only = MS_REMOUNT | MS_BIND | MS_RDONLY | kept_flags(root);
  if (::mount(nullptr, path, nullptr, read_only, nullptr) != 0) {
    return fail(system_error("make '" + root.string() + "' read-only"));
  }
  if (::chroot(root.c_str()) != 0) return fail(system_error("chroot to '" + root.string() + "'"));
  return {};
}

Result<void> become_user(const RunPlan& plan) {
  if (::setgroups(0, nullptr) != 0) return fail(system_error("setgroups"));
  if (::setresgid(plan.group, plan.group, plan.group) != 0) return fail(system_error("setgid"));
  if (::setresuid(plan.user, plan.user, plan.user) != 0) return fail(system_error("setuid"));
  return {};
}

}  // namespace

Error become(const std::vector<std::string>& argv) {
  unblock_signals();
  ::execvp(argv.front().c_str(), pointers(argv).data());
  return system_error("start '" + argv.front() + "'");
}

Error become_in(const fs::path& root, const RunPlan& plan) {
  const bool privileged = ::geteuid() == 0;
  if (privileged && ::unshare(CLONE_NEWNS) != 0) return system_error("make a mount namespace");
  if (!privileged) {
    if (auto entered = enter_user_namespace(plan); !entered) return entered.error();
  }
  if (auto entered = enter_root(root); !entered) return entered.error();
  if (::chdir(plan.working_dir.c_str()) != 0) {
    return system_error("enter '" + plan.working_dir + "'");
  }
  if (privileged) {
    if (auto became = become_user(plan); !became) return became.error();
  }
  unblock_signals();
  const std::vector<char*> argv = pointers(plan.argv);
  const std::vector<char*> environment = pointers(plan.env);
  // Found in the image's PATH, as engines do.
  ::clearenv();
  for (const std::string& entry : plan.env) {
    const std::size_t equals = entry.find('=');
    ::setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
  }
  ::execvpe(plan.argv.front().c_str(), argv.data(), environment.data());
  return system_error("start '" + plan.argv.front() + "' in '" + root.string() + "'");
}

}  // namespace thimble::cli
