// A message that is accepted for more mailboxes than one change may have, and is on its way into them: rows of
// Table::queue. docs/FORMAT.md lists keys and values to the byte.
//
// One row for each part, of at most kv::Changer::kMaxAccounts accounts. A part's deliveries and the erasing of its row
// are one batch, so whatever happens each account gets the message once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_id.h"
#include "kv/bodies.h"
#include "kv/types.h"

namespace yubin::queue {

// The first byte of every key of Table::queue.
enum class RowKind : std::uint8_t { local = 1, message = 2, recipient = 3, due = 4, alarm = 5 };

struct LocalKey {
  UniqueId id;  // that of the journal's entry about the acceptance
  std::uint32_t part = 0;

  std::string encode() const;
  static Result<LocalKey> decode(std::string_view key);  // Errc::corrupt
  friend auto operator<=>(LocalKey const&, LocalKey const&) = default;
};
kv::Range local_range();  // all of this kind, in the order of acceptance

struct LocalTarget {
  kv::AccountId account;
  std::string recipient;  // the address that the peer wrote to
  std::string mailbox;    // the account's own address
  friend bool operator==(LocalTarget const&, LocalTarget const&) = default;
};

struct LocalRow {
  kv::BodyRef body;
  std::string summary;        // as mime encodes it
  std::string trace;          // our Received field up to and without "for" and date
  std::string reverse_path;   // without brackets; empty: the null reverse-path
  std::int64_t accepted = 0;  // seconds since 1970
  std::string service;        // which took it: mx, submission, lmtp
  std::string message_id;     // the Message-ID field
  std::vector<LocalTarget> targets;
  friend bool operator==(LocalRow const&, LocalRow const&) = default;
};

std::string encode_local(LocalRow const& row);
Result<LocalRow> decode_local(std::string_view value);  // Errc::corrupt

}  // namespace yubin::queue
