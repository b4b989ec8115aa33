// What a sender hears of a mailbox that is full.
#pragma once

#include "smtp/reply.h"

namespace yubin::deliver {

enum class OverQuota {
  refuse,  // 552: the sender knows at once. The default, since few full mailboxes are emptied before senders give up
  defer,   // 452: the sender tries again for days
};

// `recipients` is how many share the reply: where it is one of several whose mailbox is full, all are asked to be sent
// again, and the full one is refused at its RCPT (RFC 5321 section 4.5.3.1.10).
inline smtp::Reply over_quota_reply(OverQuota what, std::size_t recipients) {
  if (what == OverQuota::defer || recipients > 1) {
    return {452, {4, 2, 2}, recipients > 1 ? "One of the mailboxes is full, please send again" : "The mailbox is full"};
  }
  return {552, {5, 2, 2}, "The mailbox is full"};
}

}  // namespace yubin::deliver
