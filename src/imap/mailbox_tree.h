// All mailboxes of an account, as LIST and LSUB go through them.
#pragma once

#include <span>
#include <vector>

#include "imap/mailbox_pattern.h"
#include "store/types.h"

namespace yubin::imap {

class MailboxTree {
 public:
  explicit MailboxTree(std::vector<store::Mailbox> mailboxes);  // in any order

  std::span<store::Mailbox const> all() const { return mailboxes_; }  // each before those below it
  // Those whose name begins with the name of `mailbox` and the delimiter.
  std::span<store::Mailbox const> below(store::Mailbox const& mailbox) const;

 private:
  std::vector<store::Mailbox> mailboxes_;  // by name with the delimiter sorted before all other characters
};

bool matches_any(std::span<MailboxPattern const> patterns, store::MailboxName const& name);

}  // namespace yubin::imap
