// A journal in memory, with a clock that is moved by hand.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/executor.h"
#include "journal/journal.h"
#include "journal/query.h"
#include "kv/committer.h"
#include "kv/memory_key_value.h"

namespace yubin::journal {

struct JournalTest : testing::Test {
  static Options options() { return {}; }

  Entry entry(std::string reason, Kind kind = Kind::refusal) {
    Entry entry;
    entry.id = journal->next_id();
    entry.kind = kind;
    entry.reason = std::move(reason);
    return entry;
  }
  Entry mail(std::string reason, std::string sender, std::vector<std::string> const& recipients) {
    Entry made = entry(std::move(reason), Kind::message);
    made.service = "mx";
    made.verdict = "accepted";
    made.sender = std::move(sender);
    for (std::string const& recipient : recipients)
      made.recipients.push_back({recipient, "delivered", "2.0.0", "INBOX"});
    return made;
  }
  void write(Entry const& entry) { ASSERT_TRUE(journal->append(entry).wait()); }
  void open(Options const& options) {
    journal.reset();
    journal = std::make_unique<Journal>(Journal::Services{rows, changer, committer, ids, clock}, options);
  }
  void index() {
    for (;;) {
      Result<bool> const more = journal->index_some().wait();
      ASSERT_TRUE(more) << more.error().detail;
      if (!*more) return;
    }
  }
  void expire() {
    for (;;) {
      Result<bool> const more = journal->expire_some().wait();
      ASSERT_TRUE(more) << more.error().detail;
      if (!*more) return;
    }
  }
  // The reasons of what is found, page by page, in the order of the answer.
  std::string found(Query query = {}) {
    std::string text;
    for (;;) {
      Result<Found> const page = journal->search(query);
      if (!page) return page.error().detail;
      for (Entry const& entry : page->entries) text += entry.reason;
      if (!page->next) return text;
      query.before = page->next;
    }
  }
  // Rows whose key begins with this letter.
  std::size_t count(std::string_view letter) {
    return rows.scan(kv::Table::journal, kv::prefix_range(letter), {.rows = 1'000'000, .bytes = 1 << 30})->rows.size();
  }
  void wait_for_commits() {
    kv::Ticket<void> const after = changer.change<void>({}, Lane::delivery, [](kv::Changes&) { return Result<>(); });
    ASSERT_TRUE(after.wait());
  }

  kv::MemoryKeyValue rows;
  InlineExecutor inline_executor;
  kv::Committer committer{rows, {}};
  kv::Changer changer{rows, committer, inline_executor};
  ManualClock clock{WallTime(std::chrono::hours(1'000'000))};
  UniqueIds ids{clock, 1, 0};
  std::unique_ptr<Journal> journal = std::make_unique<Journal>(Journal::Services{rows, changer, committer, ids, clock});
};

}  // namespace yubin::journal
