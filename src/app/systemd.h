// What systemd wants of a service, by its documented protocols and without its library: sd_notify(3),
// sd_listen_fds(3). Outside systemd all of it does nothing.
#pragma once

#include <map>
#include <string_view>

#include "net/endpoint.h"
#include "net/listener.h"

namespace yubin::app {

// "READY=1", "RELOADING=1", "STOPPING=1", "STATUS=…". Any thread.
void notify_systemd(std::string_view state);
// RELOADING=1 with the time that Type=notify-reload asks for.
void notify_reloading();

// systemd keeps the socket while this program is restarted, so that clients wait for a moment instead of being refused,
// and hands it to the next one; needs FileDescriptorStoreMax= in the unit. Or it does so no longer.
void keep_socket(net::ListeningSocket const& socket);
void drop_socket(net::ListeningSocket const& socket);

// The listening sockets that were handed to this process, by where they stand. Once, before other threads start.
std::map<net::Endpoint, net::ListeningSocket> take_sockets();

}  // namespace yubin::app
