// What net/ tells the log.
#pragma once

#include "base/log.h"

namespace yubin::net {

inline constexpr LogEvent kListening{"net.listening", LogLevel::info, "a listener is bound"};
inline constexpr LogEvent kAcceptFailed{"net.accept_failed", LogLevel::warning,
                                        "connections wait at the listener, because the server has reached a limit"};
inline constexpr LogEvent kRefused{"net.refused", LogLevel::warning,
                                   "a connection was turned away because of a limit; more of its network may follow"};
inline constexpr LogEvent kNoProxyHeader{"net.no_proxy_header", LogLevel::warning,
                                         "a proxy did not say for whom it speaks; its connection was closed"};
inline constexpr LogEvent kTlsFailed{"net.tls_failed", LogLevel::info, "a TLS handshake did not succeed"};
inline constexpr LogEvent kSessionFailed{"net.session_failed", LogLevel::error,
                                         "a session ended by an exception; its connection was closed"};
inline constexpr LogEvent kTaskFailed{"net.task_failed", LogLevel::error,
                                      "work on an event loop ended by an exception"};

}  // namespace yubin::net
