#include "app/landlock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/descriptor.h"

namespace yubin::app {
namespace {

// Of linux/landlock.h; Debian 12's has only what version 2 knows.
constexpr long kCreate = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr unsigned kAskVersion = 1;

struct RulesetAttributes {
  std::uint64_t files;
  std::uint64_t ports;   // from version 4 on
  std::uint64_t scoped;  // from version 6 on
};
struct __attribute__((packed)) PathRule {
  std::uint64_t allowed;
  std::int32_t folder;
};
struct PortRule {
  std::uint64_t allowed;
  std::uint64_t port;
};
constexpr int kPathRule = 1;
constexpr int kPortRule = 2;

constexpr std::uint64_t kExecute = 1 << 0;
constexpr std::uint64_t kWriteFile = 1 << 1;
constexpr std::uint64_t kReadFile = 1 << 2;
constexpr std::uint64_t kReadFolder = 1 << 3;
constexpr std::uint64_t kOfVersion1 = (1 << 13) - 1;  // the four above, removing and making of all kinds
constexpr std::uint64_t kRefer = 1 << 13;             // version 2
constexpr std::uint64_t kTruncate = 1 << 14;          // version 3
constexpr std::uint64_t kDevices = 1 << 15;           // version 5
constexpr std::uint64_t kMakeDevices = 1 << 6 | 1 << 11;
constexpr std::uint64_t kConnectTcp = 1 << 1;
constexpr std::uint64_t kAbstractSockets = 1 << 0;
constexpr std::uint64_t kSignals = 1 << 1;

constexpr std::uint64_t kRead = kReadFile | kReadFolder;
constexpr std::uint64_t kOfAFile = kExecute | kWriteFile | kReadFile | kTruncate;

std::uint64_t handled(int version) {
  std::uint64_t all = kOfVersion1;
  if (version >= 2) all |= kRefer;
  if (version >= 3) all |= kTruncate;
  if (version >= 5) all |= kDevices;
  return all;
}

std::unexpected<Error> failed(std::string_view step) {
  return fail(Errc::denied, fmt::format("Landlock: {}: {}", step, std::strerror(errno)));
}

// A path that does not exist needs no rule: it is forbidden.
Result<> allow(int ruleset, std::filesystem::path const& path, std::uint64_t rights) {
  net::Descriptor const place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place) return errno == ENOENT || errno == EACCES ? Result<>{} : failed(path.string());
  struct stat what{};
  if (::fstat(place.get(), &what) == 0 && !S_ISDIR(what.st_mode)) rights &= kOfAFile;
  PathRule const rule{.allowed = rights, .folder = place.get()};
  if (::syscall(kAddRule, ruleset, kPathRule, &rule, 0) != 0) return failed(path.string());
  return {};
}

std::size_t size_of_attributes(int version) {
  if (version >= 6) return sizeof(RulesetAttributes);
  return version >= kLandlockWithPorts ? 16 : 8;
}

}  // namespace

int landlock_version() {
  long const version = ::syscall(kCreate, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

Result<> restrict_by_landlock(int version, LandlockRules const& rules) {
  std::uint64_t const files = handled(version);
  bool const ports = version >= kLandlockWithPorts && !rules.connect.empty();
  RulesetAttributes const attributes{
      .files = files, .ports = ports ? kConnectTcp : 0, .scoped = kAbstractSockets | kSignals};
  net::Descriptor const ruleset(static_cast<int>(::syscall(kCreate, &attributes, size_of_attributes(version), 0)));
  if (!ruleset) return failed("no set of rules");
  for (auto const& path : rules.read) TRY_VOID(allow(ruleset.get(), path, kRead));
  for (auto const& path : rules.read_write)
    TRY_VOID(allow(ruleset.get(), path, files & ~(kExecute | kDevices | kMakeDevices)));
  for (auto const& path : rules.execute) TRY_VOID(allow(ruleset.get(), path, kRead | kExecute));
  for (std::uint16_t const port : ports ? rules.connect : std::span<std::uint16_t const>{}) {
    PortRule const rule{.allowed = kConnectTcp, .port = port};
    if (::syscall(kAddRule, ruleset.get(), kPortRule, &rule, 0) != 0) return failed(fmt::format("port {}", port));
  }
  if (::syscall(kRestrictSelf, ruleset.get(), 0) != 0) return failed("not in force");
  return {};
}

}  // namespace yubin::app
