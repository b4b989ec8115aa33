// Bringing messages back from a backup into a store that is in use: into their folders, or beside what is there, with
// flags, keywords and dates as they were in the backup. \Deleted is left out, or the next EXPUNGE would take them
// again.
//
// A message is not brought back when the account still has it, in whatever folder: under its EMAILID, or, from an
// earlier restore, with the same prefix, size, date and structure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backup/reader.h"
#include "directory/directory.h"
#include "mime/address.h"
#include "store/store.h"

namespace yubin::backup {

struct Wanted {
  mime::Address account;
  std::optional<store::MailboxName> mailbox{};  // none: all
  std::string message_id{};                     // the Message-ID field, with or without angle brackets; empty: any
  std::optional<store::Uid> uid{};              // in the backup; only with a mailbox
  std::optional<store::MailboxName> into{};     // the folders are made below this one; none: their own places
};

struct Restored {
  std::uint64_t restored = 0;
  std::uint64_t present = 0;  // wanted, but still there
};

// Blocks, on a thread of its own. When it fails midway, what was brought back stays, and another run goes on.
// Errors: not_found (no such account here or in the backup, no such mailbox in it), those of both stores.
Result<Restored> restore_messages(Reader& backup, Wanted const& wanted, directory::Directory const& directory,
                                  store::Store& store);

}  // namespace yubin::backup
