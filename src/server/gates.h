// Each service's Gate (net/gate.h), and what a refused client is told in the service's own words.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/gate.h"
#include "net/listener.h"
#include "server/services.h"

namespace yubin::server {

struct GateSettings {
  net::GateOptions with_login{};                               // IMAP, POP3, submission, …
  net::GateOptions without_login = net::gate_without_login();  // MX and LMTP
  std::vector<IpNetwork> proxies{};  // who connects from there sends a PROXY header (net::ListenerSettings)
};

class Gates {
 public:
  // The clock outlives the listeners.
  Gates(GateSettings settings, Clock const& clock) : settings_(std::move(settings)), clock_(clock) {}

  // Of one of the service's listeners; all of them share a Gate. Before threads are started.
  net::ListenerSettings listener(Service const& service, std::string_view host_name);

  // By the services' names, for status. Any thread, after the last listener().
  std::map<std::string_view, net::GateCounters> counters() const;

 private:
  GateSettings const settings_;
  Clock const& clock_;
  std::map<std::string_view, std::shared_ptr<net::Gate>> gates_;
};

// One line with its end, or nothing where TLS begins at once: RFC 5321 section 3.8, RFC 9051 section 7.1.5, RFC 1939
// section 3 with RFC 3206, RFC 5804 section 1.2.
std::string refusal_line(Service const& service, std::string_view host_name);

}  // namespace yubin::server
