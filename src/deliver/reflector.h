// Answers who writes to an address for checks with what was seen of the message.
//
// An answer goes only to an author whose domain vouches for the message (by SPF or DKIM, aligned as DMARC has it), so
// nobody can make this server write to a stranger; once an hour; never to what is automatic itself (RFC 3834 section
// 2).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "deliver/report_sender.h"
#include "directory/directory.h"
#include "journal/journal.h"
#include "kv/bodies.h"
#include "kv/committer.h"
#include "kv/key_value.h"
#include "queue/local_row.h"

namespace yubin::deliver {

// The service that brings answers into the queue.
inline constexpr std::string_view kReflectorService = "check";

// The fact of a journal's entry that says who vouches for the message's author: "dkim example.org".
inline constexpr std::string_view kAlignedFact = "aligned";

// What the entry about the acceptance says, in English and then in Japanese.
std::string reflection_text(journal::Entry const& entry);

class Reflector {
 public:
  static constexpr std::chrono::hours kPause{1};  // between two answers to the same address

  // All outlive this.
  struct Services {
    kv::KeyValue const& key_value;
    kv::Committer& committer;
    kv::Bodies const& bodies;
    store::Store& store;
    LocalDelivery& local;
    directory::Directory const& directory;
    journal::Journal& journal;
    Clock const& clock;
    std::string host_name;
  };
  explicit Reflector(Services services);

  // What was done, in one sentence: "answered to ...", or why not. Blocks. A crash at the wrong moment answers nobody
  // rather than twice. Errors: those of the store, to be tried again.
  Result<std::string> answer(UniqueId accepted_as, queue::LocalRow const& mail, std::string const& recipient);
  // Erases what is known of answers that are older than the pause; for upkeep.
  Result<> forget() const;

 private:
  Result<std::string> why_not(journal::Entry const& entry, queue::LocalRow const& mail) const;
  Result<bool> has_paused(std::string const& key) const;

  Services const services_;
  ReportSender const sender_;
};

}  // namespace yubin::deliver
