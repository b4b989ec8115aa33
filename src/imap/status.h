// The items of STATUS (RFC 9051 section 6.3.11), which LIST can return too (RFC 5819).
#pragma once

#include <string>
#include <vector>

#include "imap/context.h"
#include "imap/cursor.h"
#include "store/types.h"

namespace yubin::imap {

using StatusItem = std::string_view;  // a constant name

// "(" status-att *(SP status-att) ")"
Result<std::vector<StatusItem>> status_items(Cursor& cursor);

// RFC 7162 section 3.1.7: HIGHESTMODSEQ is among them.
bool asks_for_modseq(std::vector<StatusItem> const& items);

// What is asked for and stands in no mailbox's record: the octets of the messages with \Deleted. 0 if it is not asked
// for.
Task<Result<std::uint64_t>> find_deleted_storage(Context& context, store::Mailbox const& mailbox,
                                                 std::vector<StatusItem> const& items);

// `* STATUS INBOX (MESSAGES 3)`
void put_status(Context& context, store::Mailbox const& mailbox, std::vector<StatusItem> const& items,
                std::uint64_t deleted_storage);

}  // namespace yubin::imap
