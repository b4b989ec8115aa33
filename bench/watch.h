// Clients that wait: for mail to arrive, for a push, for nothing.
#pragma once

#include "bench/imap_load.h"

namespace yubin::bench {

// Waits until the INBOXes of user1 to userN together hold `messages`; throws when that takes longer than `patience`
// seconds.
void wait_for_messages(ImapLoad const& load, std::uint64_t messages, double patience);

// Opens load.connections, logs in, SELECTs INBOX and says IDLE on each, prints {"holding": N}, and waits for the end of
// the standard input.
void hold_idle(ImapLoad const& load);

// One message after the other by SMTP to user1, whose INBOX another connection watches in IDLE. From the last byte of
// the message to the EXISTS.
Latencies run_idle_latency(Target const& smtp, ImapLoad const& imap, std::uint64_t messages);

}  // namespace yubin::bench
