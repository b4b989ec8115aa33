// Words that both storage seams use: accounts, tables, rows, batches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"

namespace yubin::kv {

// The unit of change: keys of an account's tables begin with it (8 bytes, big-endian). Never reused.
// Account 0 is the server's own: domains, addresses, settings.
using AccountId = Strong<struct AccountIdTag, std::uint64_t>;
inline constexpr AccountId kServerAccount{0};

// One ordered key space each; a column family in RocksDB, a table in SQL. docs/FORMAT.md lists the keys of each.
// The numbers are part of no stored format; the names (table_name) are.
enum class Table : std::uint8_t {
  server,     // format version, node id, other single rows; written at start only
  directory,  // domains, accounts, addresses (server account)
  mail,       // mailboxes, message states, cards, change log; keys begin with the account
  body,       // where a body lies, or the body itself when it is small; key: BodyId
  body_ref,   // which messages use a body; key: BodyId, AccountId, MailboxId, Uid
  journal,    // what happened; key: UniqueId
  queue,      // accepted mail that is not yet delivered
};
inline constexpr std::size_t kTableCount = 7;
inline constexpr std::array<Table, kTableCount> kTables = {Table::server,   Table::directory, Table::mail, Table::body,
                                                           Table::body_ref, Table::journal,   Table::queue};
std::string_view table_name(Table table);

// The account that a key belongs to: its first 8 bytes in Table::mail, the server's in server and directory.
// None in the other tables, and for a key that is too short.
std::optional<AccountId> account_of(Table table, std::string_view key);

inline constexpr std::size_t kMaxKey = 1024;          // bytes; a key has at least one
inline constexpr std::size_t kMaxValue = 256 * 1024;  // bytes; what is larger belongs into Bodies or into chunks

struct Row {
  std::string key;
  std::string value;
  friend bool operator==(Row const&, Row const&) = default;
};

// Keys from `from` (inclusive) to `to` (exclusive; empty: to the end).
struct Range {
  std::string from;
  std::string to;
};
inline Range prefix_range(std::string_view prefix) {
  return {std::string(prefix), prefix_end(prefix)};
}

struct Limit {
  std::size_t rows = 1000;
  std::size_t bytes = 1024 * 1024;  // of keys and values; a page holds at least one row all the same
};

struct Page {
  std::vector<Row> rows;
  std::optional<std::string> next;  // go on with a scan from this key; none: the range is finished
};

// Changes that are written together or not at all. Operations take effect in the order in which they were added.
// Plain data; one thread at a time.
class Batch {
 public:
  struct Put {
    Table table;
    std::string key;
    std::string value;
  };
  struct Erase {
    Table table;
    std::string key;
  };
  struct EraseRange {
    Table table;
    Range range;  // both ends given, and within one account; nothing is erased if `to` is not above `from`
  };
  using Operation = std::variant<Put, Erase, EraseRange>;

  // What must hold in the committed state and the batches before this one, or the batch is refused with Errc::conflict.
  struct Precondition {
    Table table;
    std::string key;
    std::optional<std::string> value;  // none: the key must be absent
  };

  void put(Table table, std::string key, std::string value);
  void erase(Table table, std::string key);
  void erase_range(Table table, Range range);
  void add(Operation operation);
  void require(Table table, std::string key, std::optional<std::string> value);
  void append(Batch&& other);  // other's operations and preconditions after this one's

  std::span<Operation const> operations() const { return operations_; }
  std::span<Precondition const> preconditions() const { return preconditions_; }
  std::size_t bytes() const { return bytes_; }  // of keys and values put
  bool empty() const { return operations_.empty(); }

 private:
  std::vector<Operation> operations_;
  std::vector<Precondition> preconditions_;
  std::size_t bytes_ = 0;
};

// Errc::limit if a key or value of the batch is too long, a key is empty, or a range to erase has an open end.
Result<> check_limits(Batch const& batch);

}  // namespace yubin::kv
