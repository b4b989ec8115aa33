#include "directory/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace yubin::directory {

namespace {

struct Named {
  LoginService service;
  std::string_view name;
};
constexpr Named kServices[] = {{LoginService::smtp, "smtp"},
                               {LoginService::imap, "imap"},
                               {LoginService::pop3, "pop3"},
                               {LoginService::sieve, "sieve"},
                               {LoginService::web, "web"}};

// 0: none of them.
std::uint8_t bit_of(std::string_view name) {
  std::string lower = to_lower(name);
  if (lower.starts_with("submission")) lower = "smtp";
  for (Named const& known : kServices) {
    if (lower == known.name || lower == std::string(known.name) + "s") return static_cast<std::uint8_t>(known.service);
  }
  return 0;
}

}  // namespace

Result<LoginServices> LoginServices::parse(std::span<std::string const> names) {
  std::uint8_t bits = 0;
  for (std::string const& name : names) {
    std::uint8_t const bit = bit_of(name);
    if (bit == 0) {
      return fail(Errc::syntax, fmt::format("no such service: {}; there are {}", quoted(name),
                                            fmt::join(LoginServices().names(), ", ")));
    }
    bits = static_cast<std::uint8_t>(bits | bit);
  }
  return LoginServices(bits);
}

bool LoginServices::allow(std::string_view service) const {
  return all() || (bits_ & bit_of(service)) != 0;
}

std::vector<std::string> LoginServices::names() const {
  std::vector<std::string> names;
  for (Named const& known : kServices) {
    if ((bits_ & static_cast<std::uint8_t>(known.service)) != 0) names.emplace_back(known.name);
  }
  return names;
}

bool AccountSettings::may_log_in(std::string_view service, std::string_view peer) const {
  if (!services.allow(service)) return false;
  if (networks.empty()) return true;
  Result<IpAddress> address = IpAddress::parse(peer);
  return address && any_contains(networks, *address);
}

}  // namespace yubin::directory
