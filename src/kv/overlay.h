// Overlay: what batches will change once they are committed, laid over the committed state when that is read.
//
// Each operation carries the number of its batch; when batches up to a number are committed, forget() takes out what
// they put, unless a later one put the same key. Not shared between threads at the same time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kv/types.h"

namespace yubin::kv {

class Overlay {
 public:
  using Sequence = std::uint64_t;  // number of a batch; never falls from one apply() to the next

  // What is known about a key: nothing (the committed state holds), that it is erased, or its value (good until the
  // next change of this object).
  struct Found {
    bool known = false;
    std::optional<std::string_view> value;
  };

  void apply(Batch::Operation const& operation, Sequence sequence);
  void forget(Sequence up_to);
  void clear();

  Found find(Table table, std::string_view key) const;
  // Changes `rows`, which are all rows of `range` as they are below this overlay, into what they are with it.
  void merge(Table table, Range const& range, std::map<std::string, std::string>& rows) const;
  // Whether merge() could change anything in this table.
  bool touches(Table table) const;
  bool empty() const;

 private:
  struct Entry {
    Sequence sequence;
    std::optional<std::string> value;  // none: erased
  };
  struct Erased {
    Sequence sequence;
    Range range;
  };
  struct TableChanges {
    std::map<std::string, Entry, std::less<>> entries;  // they win over `erased`
    std::vector<Erased> erased;                         // few: a mailbox deleted, an account removed
  };
  struct Touched {
    Sequence sequence;
    Table table;
    std::string key;
  };
  TableChanges& changes(Table table) { return tables_[static_cast<std::size_t>(table)]; }
  TableChanges const& changes(Table table) const { return tables_[static_cast<std::size_t>(table)]; }
  void set(Table table, std::string const& key, std::optional<std::string> value, Sequence sequence);

  std::array<TableChanges, kTableCount> tables_;
  std::deque<Touched> touched_;  // in order of sequence, so that forget() looks only at what may go
};

}  // namespace yubin::kv
