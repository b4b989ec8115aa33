#include "server/gates.h"

#include <fmt/format.h>

namespace yubin::server {
namespace {

constexpr std::string_view kWhy = "Too many connections, try again later";

}  // namespace

std::string refusal_line(Service const& service, std::string_view host_name) {
  if (service.tls == TlsUse::at_once) return {};
  if (service.name == "imap") return fmt::format("* BYE {}\r\n", kWhy);
  if (service.name == "pop3") return fmt::format("-ERR [SYS/TEMP] {}\r\n", kWhy);
  if (service.name == "sieve") return fmt::format("BYE (TRYLATER) \"{}\"\r\n", kWhy);
  if (service.name == "http")
    return "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  return fmt::format("421 4.7.0 {} {}\r\n", host_name, kWhy);
}

net::ListenerSettings Gates::listener(Service const& service, std::string_view host_name) {
  std::shared_ptr<net::Gate>& gate = gates_[service.name];
  if (!gate) gate = std::make_shared<net::Gate>(service.login ? settings_.with_login : settings_.without_login, clock_);
  return {.gate = gate, .refusal = refusal_line(service, host_name), .proxies = settings_.proxies};
}

std::map<std::string_view, net::GateCounters> Gates::counters() const {
  std::map<std::string_view, net::GateCounters> all;
  for (auto const& [name, gate] : gates_) all[name] = gate->counters();
  return all;
}

}  // namespace yubin::server
