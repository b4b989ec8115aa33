// What the services tell the log.
#pragma once

#include "base/log.h"

namespace yubin::server {

inline constexpr LogEvent kConnected{"server.connected", LogLevel::debug, "a client connected"};
inline constexpr LogEvent kFate{"server.fate", LogLevel::info, "what became of a message for one recipient"};
inline constexpr LogEvent kNotStored{"server.not_stored", LogLevel::error,
                                     "a message could not be stored; its sender was told to try again"};
inline constexpr LogEvent kNotCopied{"server.not_copied", LogLevel::warning,
                                     "a rule wants a copy of a message that cannot be made; the message goes its way"};
inline constexpr LogEvent kHint{"server.hint", LogLevel::info, "a client does what its user did not mean"};
inline constexpr LogEvent kLogin{"server.login", LogLevel::info, "somebody logged in, or was refused"};
inline constexpr LogEvent kLookupFailed{"server.lookup_failed", LogLevel::error,
                                        "the directory could not be read; the peer was told to try again"};
inline constexpr LogEvent kJournalFailed{"server.journal_failed", LogLevel::error,
                                         "an entry of the journal could not be written"};

}  // namespace yubin::server
