// A load's own ledger: what it has been told, in plain maps that know nothing of how the store keeps it. The store is
// read back over IMAP into another one; both must say the same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace yubin::faults {

struct Message {
  std::string message_id;
  std::set<std::string> flags;
  std::size_t size = 0;  // bytes, without what the delivery puts before them
  std::string sha256;    // of them, in hex
};

struct Mailbox {
  std::uint32_t uid_next = 1;
  std::map<std::uint32_t, Message> messages;  // by UID
};

class Ledger {
 public:
  using Mailboxes = std::map<std::string, Mailbox>;

  void add_account(std::string const& address);  // with the mailboxes that everybody is given
  void remove_account(std::string const& address) { accounts_.erase(address); }
  Mailboxes& account(std::string const& address) { return accounts_[address]; }

  void add(std::string const& address, std::string const& mailbox, Message message);
  // What the commands of IMAP do to all messages of a mailbox.
  void flag(std::string const& address, std::string const& mailbox, std::string const& flag);
  void move(std::string const& address, std::string const& from, std::string const& to);
  void expunge(std::string const& address, std::string const& mailbox);

  // Mail that goes out: a recipient of a message in the queue, how often that has been tried, and how it stands. A
  // report, which nobody has written beforehand, is no Message.
  void queue(std::string const& recipient, std::optional<Message> const& message, unsigned attempts = 0,
             std::string_view standing = "waits");
  void unqueue(std::string const& recipient, std::optional<Message> const& message);

  // A line for each mailbox and each message, in the order of their names and UIDs, and after them one for each
  // recipient in the queue; also what is compared.
  std::string text() const;

 private:
  std::map<std::string, Mailboxes> accounts_;
  std::map<std::string, std::string> queued_;  // attempts and standing, by recipient and message
};

// A message of about `size` bytes, all of whose lines differ.
std::string content(std::string_view name, std::size_t size);
// What the ledger keeps of it.
Message noted(std::string_view content);

}  // namespace yubin::faults
