// What the server says of itself, in the API's words.
#pragma once

#include <filesystem>

#include "api/runtime.h"
#include "app/version.h"
#include "directory/sending_counts.h"
#include "dns/watched_resolver.h"
#include "net/endpoint.h"
#include "net/gate.h"
#include "server/gates.h"
#include "server/services.h"

namespace yubin::app {

api::ListenerStatus listener_status(server::Service const& service, std::string_view where, bool has_tls);

api::ServiceStatus service_status(server::Service const& service, net::GateCounters const& counters);

api::DnsStatus dns_status(dns::Health health);

// A sentence for people.
std::string alarm_text(directory::SendingAlarm const& alarm);

// Walks through the store's files.
api::SpaceStatus space_of(std::filesystem::path const& directory);

}  // namespace yubin::app
