// Recipients that are kept: others brought the message, it was refused for good where it should go on to, and the
// sender may not be told (docs/decisions/0022). Such a recipient is held, with a status of class 5, until an
// administrator decides; beside its own row it has one of these, in the order of time. docs/FORMAT.md lists them to the
// byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "queue/message_row.h"

namespace yubin::queue {

// Rows without a value.
struct KeptKey {
  Seconds since = 0;  // the recipient's `due`
  UniqueId id;
  std::uint32_t number = 0;

  std::string encode() const;
  static Result<KeptKey> decode(std::string_view key);  // Errc::corrupt
  friend auto operator<=>(KeptKey const&, KeptKey const&) = default;
};
kv::Range kept_range();  // all, the oldest first

// When the postmasters were written to about them: one row.
std::string told_key();
std::string encode_told(Seconds when);
Result<Seconds> decode_told(std::string_view value);  // Errc::corrupt

// Whether a recipient that fails is kept, since nobody would hear of it.
bool is_kept_if_failed(MessageRow const& message, RecipientRow const& recipient);
bool is_kept(RecipientRow const& recipient);

}  // namespace yubin::queue
