// The store as a plain model in memory: what it should answer, written without looking at how it does it.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "store/changes.h"
#include "store/types.h"

namespace yubin::store {

struct ModelMessage {
  SystemFlags flags;
  std::set<std::string> keywords;  // lower case
  std::string content;             // prefix and body
  MessageId id;
  std::uint64_t changed_at = 0;  // number of the operation that last changed it

  friend bool operator==(ModelMessage const&, ModelMessage const&) = default;
};

struct ModelMailbox {
  std::map<std::uint32_t, ModelMessage> messages;
  std::uint32_t uid_next = 1;
  bool subscribed = false;
  std::uint64_t identity = 0;  // another one for each mailbox that was ever made
};

struct ModelAccount {
  std::map<std::string, ModelMailbox> mailboxes;

  bool has(std::string const& name) const { return mailboxes.contains(name); }
  bool has_children(std::string const& name) const {
    return std::ranges::any_of(mailboxes, [&](auto const& mailbox) { return mailbox.first.starts_with(name + "/"); });
  }
};

class Model {
 public:
  Model() {
    for (auto& account : accounts) {
      for (char const* name : {"INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive"}) {
        account.mailboxes[name] = {{}, 1, true, ++last_identity_};
      }
    }
  }

  std::optional<Errc> create(std::size_t account, std::string const& name) {
    if (accounts[account].has(name)) return Errc::conflict;
    make_with_parents(accounts[account], name);
    return std::nullopt;
  }

  std::optional<Errc> remove(std::size_t account, std::string const& name) {
    if (name == "INBOX") return Errc::denied;
    if (!accounts[account].has(name)) return Errc::not_found;
    if (accounts[account].has_children(name)) return Errc::conflict;
    accounts[account].mailboxes.erase(name);
    return std::nullopt;
  }

  std::optional<Errc> rename(std::size_t number, std::string const& from, std::string const& to) {
    ModelAccount& account = accounts[number];
    if (!account.has(from)) return Errc::not_found;
    if (account.has(to)) return Errc::conflict;
    if (from == "INBOX") return Errc::denied;
    if (to.starts_with(from + "/")) return Errc::conflict;
    std::map<std::string, ModelMailbox> moved;
    for (auto const& [name, mailbox] : account.mailboxes) {
      if (name == from || name.starts_with(from + "/")) moved[name] = mailbox;
    }
    for (auto const& [name, mailbox] : moved) account.mailboxes.erase(name);
    make_with_parents(account, to);
    for (auto const& [name, mailbox] : moved) account.mailboxes[to + name.substr(from.size())] = mailbox;
    return std::nullopt;
  }

  void append(ModelMailbox& mailbox, ModelMessage message) {
    message.changed_at = ++operations_;
    mailbox.messages[mailbox.uid_next++] = std::move(message);
  }

  void store_flags(ModelMailbox& mailbox, std::set<std::uint32_t> const& uids, FlagChange const& change) {
    ++operations_;
    for (std::uint32_t uid : uids) {
      ModelMessage& message = mailbox.messages.at(uid);
      ModelMessage changed = message;
      apply(changed, change);
      if (changed == message) continue;
      changed.changed_at = operations_;
      message = changed;
    }
  }

  void expunge(ModelMailbox& mailbox, std::set<std::uint32_t> const& uids) {
    for (std::uint32_t uid : uids) mailbox.messages.erase(uid);
  }

  void copy(ModelMailbox& from, std::set<std::uint32_t> const& uids, ModelMailbox& to) {
    for (std::uint32_t uid : uids) append(to, from.messages.at(uid));
  }

  void move(ModelMailbox& from, std::set<std::uint32_t> const& uids, ModelMailbox& to) {
    copy(from, uids, to);
    expunge(from, uids);
  }

  static std::set<std::uint32_t> all_of(ModelMailbox const& mailbox) {
    std::set<std::uint32_t> uids;
    for (auto const& [uid, message] : mailbox.messages) uids.insert(uid);
    return uids;
  }

  ModelAccount accounts[2];

 private:
  void make_with_parents(ModelAccount& account, std::string const& name) {
    for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
      std::string const above = name.substr(0, at);
      if (!account.has(above)) account.mailboxes[above] = {{}, 1, false, ++last_identity_};
    }
    account.mailboxes[name] = {{}, 1, false, ++last_identity_};
  }

  static void apply(ModelMessage& message, FlagChange const& change) {
    std::set<std::string> keywords;
    for (std::string const& keyword : change.keywords) keywords.insert(to_lower(keyword));
    switch (change.action) {
      case FlagAction::replace:
        message.flags = change.flags;
        message.keywords = keywords;
        break;
      case FlagAction::add:
        message.flags = message.flags.with(change.flags);
        message.keywords.insert(keywords.begin(), keywords.end());
        break;
      case FlagAction::remove:
        message.flags = message.flags.without(change.flags);
        for (std::string const& keyword : keywords) message.keywords.erase(keyword);
        break;
    }
  }

  std::uint64_t operations_ = 0;
  std::uint64_t last_identity_ = 0;
};

}  // namespace yubin::store
