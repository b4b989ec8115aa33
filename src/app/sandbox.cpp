#include "app/sandbox.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "app/landlock.h"
#include "app/system_calls.h"
#include "base/log.h"

namespace yubin::app {
namespace {

constexpr LogEvent kSandbox{"app.sandbox", LogLevel::info, "what the server has given up"};
constexpr LogEvent kSandboxIncomplete{"app.sandbox_incomplete", LogLevel::warning,
                                      "the kernel cannot take away all that the server would give up"};

// What libraries open while the server runs.
constexpr char const* kEverybodyReads[] = {
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/etc/ssl",
    "/usr/lib/ssl",
    "/usr/share/ca-certificates",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/run/systemd/resolve",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/dev/random",
    "/proc/self",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/cpuinfo",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
};

Result<> drop_capabilities() {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability)
    (void)::prctl(PR_CAPBSET_DROP, capability);  // only root may; without root there is nothing to gain
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct kept[2] = {};
  // Who stays root does so on purpose, and the files that it serves may be anybody's.
  if (::geteuid() == 0) kept[0].effective = kept[0].permitted = 1u << CAP_DAC_OVERRIDE;
  if (::syscall(SYS_capset, &header, kept) != 0)
    return fail(Errc::denied, fmt::format("cannot give up capabilities: {}", std::strerror(errno)));
  return {};
}

Result<> forbid_dumps() {
  rlimit const none{0, 0};
  // The limit does not hold for a core_pattern that is a program; the flag does, and keeps debuggers of the same user
  // away.
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return fail(Errc::denied, fmt::format("cannot turn core dumps off: {}", std::strerror(errno)));
  return {};
}

}  // namespace

bool has_sanitizers() {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return true;
#else
  return false;
#endif
}

SandboxOptions with_sanitizers(SandboxOptions options) {
  options.system_calls = false;
  options.execute.emplace_back("/usr/lib");  // llvm-symbolizer and the loader
  return options;
}

std::vector<std::filesystem::path> folders_of(std::span<std::filesystem::path const> files) {
  std::vector<std::filesystem::path> folders;
  auto add = [&](std::filesystem::path const& file) {
    std::filesystem::path const folder = file.parent_path();
    std::filesystem::path const& given = folder == "/" || folder == "/etc" ? file : folder;
    if (std::ranges::find(folders, given) == folders.end()) folders.push_back(given);
  };
  for (std::filesystem::path const& file : files) {
    if (file.empty()) continue;
    add(file);
    std::error_code error;
    std::filesystem::path const target = std::filesystem::canonical(file, error);
    if (!error) add(target);
  }
  return folders;
}

std::string Sandbox::text() const {
  std::string text;
  auto add = [&](bool is, std::string_view what) {
    if (is) text += fmt::format("{}{}", text.empty() ? "" : ", ", what);
  };
  add(files, "files");
  add(connections, "connections");
  add(system_calls, "system calls");
  return text.empty() ? "nothing" : text;
}

Result<Sandbox> enter_sandbox(SandboxOptions const& options) {
  TRY_VOID(forbid_dumps());
  TRY_VOID(drop_capabilities());
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(Errc::denied, fmt::format("cannot give up new privileges: {}", std::strerror(errno)));

  Sandbox sandbox{.landlock = landlock_version()};
  if (sandbox.landlock > 0) {
    std::vector<std::filesystem::path> read(std::begin(kEverybodyReads), std::end(kEverybodyReads));
    read.insert(read.end(), options.read.begin(), options.read.end());
    std::vector<std::filesystem::path> read_write = options.read_write;
    read_write.emplace_back("/dev/null");
    TRY_VOID(restrict_by_landlock(
        sandbox.landlock,
        {.read = read, .read_write = read_write, .execute = options.execute, .connect = options.connect}));
    sandbox.files = true;
    sandbox.connections = sandbox.landlock >= kLandlockWithPorts && !options.connect.empty();
  }
  Result<> const forbidden = options.system_calls ? forbid_system_calls() : Result<>();
  sandbox.system_calls = options.system_calls && forbidden.has_value();
  if (!forbidden) log(kSandboxIncomplete, {{"detail", forbidden.error().detail}});
  if (!sandbox.files) log(kSandboxIncomplete, {{"detail", "the kernel has no Landlock (5.13), or it is turned off"}});
  log(kSandbox, {{"restricted", sandbox.text()}, {"landlock", sandbox.landlock}});
  return sandbox;
}

}  // namespace yubin::app
