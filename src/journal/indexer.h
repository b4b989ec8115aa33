// The indexer: leads terms to entries, in the background, and removes what is too old.
//
// Each entry is written with a mark (index_rows.h). A run takes the oldest marks, writes the postings of their entries
// and erases the marks, in one batch; so an entry is found by its mark or by its postings at any moment, however long
// its transaction took, and a crash between two runs loses nothing. Entries from before there was an index are marked
// first, page by page.
//
// Any thread, but one call at a time, and the next only when the ticket of the one before is done.
#pragma once

#include "base/clock.h"
#include "journal/journal.h"
#include "kv/committer.h"
#include "kv/key_value.h"
#include "kv/ticket.h"

namespace yubin::journal {

class Indexer {
 public:
  static constexpr std::size_t kEntriesARun = 512;

  // All outlive this.
  Indexer(kv::KeyValue const& key_value, kv::Committer& committer, Clock const& clock, Options const& options)
      : key_value_(key_value), committer_(committer), clock_(clock), options_(options) {}

  // One run each: reads at once, and is done when its batch is durable. True: there is more to do now.
  kv::Ticket<bool> index_some();
  kv::Ticket<bool> expire_some();

 private:
  struct Work {
    kv::Batch batch;
    bool more = false;
  };
  Result<Work> index_work() const;
  Result<Work> mark_work(EntryId from) const;
  Result<Work> expire_work() const;
  kv::Ticket<bool> commit(Result<Work> work);

  kv::KeyValue const& key_value_;
  kv::Committer& committer_;
  Clock const& clock_;
  Options const options_;
};

}  // namespace yubin::journal
