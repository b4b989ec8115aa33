// The journal: what happened and why, as records that are searched, not as text that is parsed.
//
// An entry about mail is put into the batch of the mail itself, so there is no message without its entry and no entry
// without its message. Others are gathered and written once a second. Rows: Table::journal; an entry's key is
// its id, the others are described in index_rows.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_id.h"
#include "kv/changer.h"
#include "kv/committer.h"

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
std::optional<Kind> parse_kind(std::string_view word);

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
  std::uint64_t generation = 0;  // of the settings by which it was decided; 0: none had a say in it
  friend bool operator==(Entry const&, Entry const&) = default;
};

// The name of a fact whose value is the id of an entry that this one goes on from: an attempt to deliver is about the
// entry that took the message.
inline constexpr std::string_view kAbout = "accepted as";

struct Query;
struct Found;

// How long entries stay, and how many of those who bring no mail. What is too old or too much is removed by six hours
// at a time; the newest twelve hours stay whatever they hold.
struct Options {
  std::chrono::days days{90};
  std::uint64_t bytes = std::uint64_t{1} << 30;  // of entries and their index, before compression
  // Alike entries without a message that are written singly in a minute, the rest is counted (gathering.h); each kind
  // of them also has a budget, an eighth of what is kept.
  unsigned single_a_minute = 30;
};

class Journal {
 public:
  // All outlive the journal.
  struct Services {
    kv::KeyValue const& key_value;
    kv::Changer& changer;
    kv::Committer& committer;
    UniqueIds& ids;
    Clock const& clock;
  };
  explicit Journal(Services services, Options const& options = {});
  ~Journal();  // what has been counted is written

  EntryId next_id() { return services_.ids.next(); }
  // Into the batch of a change; entry.id is from next_id(). What is too long is cut, see record.h.
  static void put(kv::Changes& changes, Entry const& entry);
  // On its own, for who waits until it is durable.
  kv::Ticket<void> append(Entry entry);
  // For who does not wait: kept in memory until write_noted(), so up to a second of them is lost by a crash. What comes
  // in masses is counted (gathering.h). For logins, connections without a message, and what was refused. Any thread.
  void note(Entry entry);

  Result<std::optional<Entry>> find(EntryId id) const;
  Result<Found> search(Query const& query) const;  // query.h

  // The journal's regular work, a slice each (indexer.h); one call of the two at a time. True: there is more.
  kv::Ticket<bool> index_some();
  kv::Ticket<bool> expire_some();
  // Writes what was noted, and the sums of the minutes that are over, as one batch: to be called every second, and
  // before a search that shall find what has just happened. Done at once when there is nothing. Any thread.
  kv::Ticket<void> write_noted();

 private:
  struct Background;
  kv::Ticket<void> commit(kv::Batch batch);

  Services services_;
  std::unique_ptr<Background> background_;
};

}  // namespace yubin::journal
