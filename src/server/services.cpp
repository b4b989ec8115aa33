#include "server/services.h"

#include <algorithm>

namespace yubin::server {

namespace {

constexpr Service kServices[] = {
    {"lmtp", 24, TlsUse::none, "", false, false, &serve_lmtp},
    {"mx", 25, TlsUse::by_command, "smtp", false, true, &serve_mx},
    {"imap", 143, TlsUse::by_command, "imap", true, false, &serve_imap},
    {"submissions", 465, TlsUse::at_once, "submission", true, true, &serve_submission},
    {"submission", 587, TlsUse::by_command, "submission", true, true, &serve_submission},
    {"imaps", 993, TlsUse::at_once, "imap", true, true, &serve_imap},
    {"pop3", 110, TlsUse::by_command, "pop3", true, false, &serve_pop3},
    {"pop3s", 995, TlsUse::at_once, "pop3", true, true, &serve_pop3},
};

}  // namespace

std::span<Service const> services() {
  return kServices;
}

Service const* find_service(std::string_view name) {
  auto const* found = std::ranges::find(kServices, name, &Service::name);
  return found == std::end(kServices) ? nullptr : found;
}

}  // namespace yubin::server
