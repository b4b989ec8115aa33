// What net/ tells the log.
#pragma once

#include "base/log.h"

namespace yubin::net {

inline constexpr LogEvent kListening{"net.listening", LogLevel::info, "a listener is bound"};
inline constexpr LogEvent kAcceptFailed{"net.accept_failed", LogLevel::warning,
                                        "connections wait at the listener, because the server has reached a limit"};
inline constexpr LogEvent kTlsFailed{"net.tls_failed", LogLevel::info, "a TLS handshake did not succeed"};
inline constexpr LogEvent kSessionFailed{"net.session_failed", LogLevel::error,
                                         "a session ended by an exception; its connection was closed"};
inline constexpr LogEvent kTaskFailed{"net.task_failed", LogLevel::error,
                                      "work on an event loop ended by an exception"};

}  // namespace yubin::net
