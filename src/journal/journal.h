// The journal: what happened and why, as records that are searched, not as text that is parsed.
//
// An entry about mail is put into the batch of the mail itself, so there is no message without its entry and no entry
// without its message. Others are written unsynced soon after. Rows: Table::journal, key: UniqueId.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_id.h"
#include "kv/changer.h"

namespace yubin::journal {

using EntryId = UniqueId;

// What an entry is about. The numbers are stored; never give one a new meaning.
enum class Kind : std::uint8_t {
  message = 1,  // a transaction that brought a message, with the fate of each recipient
  refusal = 2,  // a transaction or command that was refused
  login = 3,    // a login, good or bad
  change = 4,   // an administrator's change
  connection = 5,
  delivery = 6,  // what became of an accepted message later: one attempt
};
std::string_view to_string(Kind kind);

// The fate of one recipient of a transaction.
struct RecipientFate {
  std::string address;
  std::string fate;    // delivered, deferred, failed, refused
  std::string status;  // RFC 3463 enhanced status code
  std::string detail;  // the reply or the mailbox, in words
  friend bool operator==(RecipientFate const&, RecipientFate const&) = default;
};

struct Entry {
  EntryId id;
  Kind kind = Kind::connection;
  std::string service;  // mx, submission, imap, admin, ...
  std::string peer;     // IP address, without the port
  std::string helo;
  std::string tls;         // "TLSv1.3 TLS_AES_256_GCM_SHA384", empty: in clear
  std::string user;        // who was logged in
  std::string sender;      // reverse-path
  std::string message_id;  // the Message-ID field
  std::uint64_t size = 0;
  std::vector<RecipientFate> recipients;
  std::string verdict;                                     // accepted, refused, ...
  std::string reason;                                      // in one sentence
  std::vector<std::pair<std::string, std::string>> facts;  // further evidence: name, value
  std::uint64_t omitted = 0;                               // recipients and facts that were left out when writing
  friend bool operator==(Entry const&, Entry const&) = default;
};

class Journal {
 public:
  Journal(kv::KeyValue const& key_value, kv::Changer& changer, UniqueIds& ids);

  EntryId next_id() { return ids_.next(); }
  // Into the batch of a change; entry.id is from next_id(). What is too long is cut, see record.h.
  static void put(kv::Changes& changes, Entry const& entry);
  // On its own.
  kv::Ticket<void> append(Entry entry);

  Result<std::optional<Entry>> find(EntryId id) const;
  // Entries whose id was made in [since, until), oldest first, at most `limit`.
  Result<std::vector<Entry>> entries(WallTime since, WallTime until, std::size_t limit) const;

 private:
  kv::KeyValue const& key_value_;
  kv::Changer& changer_;
  UniqueIds& ids_;
};

}  // namespace yubin::journal
