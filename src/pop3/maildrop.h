// The maildrop: what a session sees of INBOX. It is taken at login and stays as it is, so that a message keeps its
// number (RFC 1939 section 4), whatever others do to the mailbox meanwhile.
//
// Deviates from RFC 1939 section 4: the mailbox is not locked. Several sessions, of POP3 and IMAP, work on it side by
// side (docs/decisions/0009-pop3-without-lock.md).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "store/types.h"

namespace yubin::pop3 {

class Maildrop {
 public:
  struct Message {
    store::Uid uid;
    bool deleted = false;    // DELE; removed at QUIT
    bool seen = false;       // had \Seen at login
    bool retrieved = false;  // RETR; gets \Seen at QUIT
    std::uint64_t size = 0;  // octets, as stored
  };

  Maildrop(store::AccountId account, store::Mailbox const& inbox);

  void add(store::MessageState const& state);

  store::AccountId account() const { return account_; }
  store::MailboxId mailbox() const { return mailbox_; }
  store::UidValidity uid_validity() const { return uid_validity_; }

  // All, also those that are marked as deleted. The message with number n is at n - 1.
  std::vector<Message> const& messages() const { return messages_; }
  // By its number, in decimal. The error is a sentence for the client: no number, no such message, deleted.
  Result<Message*> find(std::string_view number);
  std::size_t number_of(Message const& message) const;  // it is one of messages()

  // Those that are not marked as deleted.
  std::size_t count() const { return count_; }
  std::uint64_t octets() const { return octets_; }

  void remove(Message& message);  // DELE
  void restore();                 // RSET

  // Both ascending, neighbours joined.
  std::vector<store::UidRange> deleted() const;
  std::vector<store::UidRange> newly_seen() const;  // retrieved, not deleted, and without \Seen at login

 private:
  template <class Wanted>
  std::vector<store::UidRange> ranges(Wanted wanted) const;

  store::AccountId account_;
  store::MailboxId mailbox_;
  store::UidValidity uid_validity_;
  std::vector<Message> messages_;
  std::size_t count_ = 0;
  std::uint64_t octets_ = 0;
};

}  // namespace yubin::pop3
