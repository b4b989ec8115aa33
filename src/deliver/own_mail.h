// Mail that the server reads itself, between its acceptance and its reading: rows of Table::queue, beside the numbers
// of queue::RowKind. A row is put by the batch that takes responsibility for the message, and erased by the one that
// ends it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_id.h"
#include "deliver/local.h"
#include "deliver/own_addresses.h"
#include "kv/types.h"
#include "queue/local_row.h"

namespace yubin::deliver {

// Of the body, beside those of parts and of what goes out (kOutgoingUse).
inline constexpr std::uint32_t kOwnUse = 0xfffffffe;

inline bool is_own(queue::LocalTarget const& target) {
  return target.account == kv::kServerAccount;
}

std::string own_mail_key(UniqueId accepted_as);
Result<UniqueId> decode_own_mail_key(std::string_view key);  // Errc::corrupt
kv::Range own_mail_range();                                  // in the order of acceptance

// How often the reading of a mail has begun and not come to an end; the row goes with the mail's.
std::string own_mail_tries_key(UniqueId accepted_as);
std::string encode_tries(std::uint64_t tries);
Result<std::uint64_t> decode_tries(std::string_view value);  // Errc::corrupt

// In the change that takes the message; `entry` gets the recipients' fates. Nothing without such a target.
void put_own_mail(store::Changes& changes, LocalMessage const& message, std::int64_t accepted, journal::Entry& entry);

}  // namespace yubin::deliver
