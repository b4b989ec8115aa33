#include "backup/messages.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <vector>

#include "base/text.h"
#include "directory/reading.h"
#include "mime/summary.h"

namespace yubin::backup {

namespace {

using store::Card;
using store::Mailbox;
using store::MessageState;
using store::Uid;
using store::UidRange;

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kAtOnce = 32;  // messages on their way

// Calls `take` with each state of a mailbox, in the order of UIDs.
template <class Take>
Result<> for_each_state(store::Store const& store, kv::AccountId account, Mailbox const& mailbox, Take take) {
  UidRange rest;
  for (;;) {
    TRY(std::vector<MessageState> states, store.states(account, mailbox.id, rest));
    if (states.empty()) return {};
    for (MessageState const& state : states) TRY_VOID(take(state));
    if (states.back().uid == rest.last) return {};
    rest.first = Uid(states.back().uid.value() + 1);
  }
}

// What an account has, to tell whether a message is still there.
class Present {
 public:
  static Result<Present> read(store::Store const& store, kv::AccountId account) {
    Present present(store, account);
    TRY(std::vector<Mailbox> mailboxes, store.mailboxes(account));
    for (Mailbox const& mailbox : mailboxes) {
      TRY_VOID(for_each_state(store, account, mailbox, [&](MessageState const& state) -> Result<> {
        present.ids_.insert(state.id);
        present.alike_.emplace(std::pair(state.size, state.internal_date), std::pair(mailbox.id, state.uid));
        return {};
      }));
    }
    return present;
  }

  Result<bool> has(MessageState const& state, Card const& card) const {
    if (ids_.contains(state.id)) return true;
    auto const [first, last] = alike_.equal_range({state.size, state.internal_date});
    for (auto one = first; one != last; ++one) {
      auto const& [mailbox, uid] = one->second;
      TRY(std::optional<Card> other, store_->find_card(account_, mailbox, uid));
      if (other && other->prefix == card.prefix && other->summary == card.summary) return true;
    }
    return false;
  }

 private:
  Present(store::Store const& store, kv::AccountId account) : store_(&store), account_(account) {}

  store::Store const* store_;
  kv::AccountId account_;
  std::set<store::MessageId> ids_;
  std::multimap<std::pair<std::uint64_t, std::int64_t>, std::pair<store::MailboxId, Uid>> alike_;
};

std::string_view without_brackets(std::string_view message_id) {
  message_id = trim(message_id);
  if (message_id.starts_with('<') && message_id.ends_with('>') && message_id.size() >= 2)
    return message_id.substr(1, message_id.size() - 2);
  return message_id;
}

class Restoring {
 public:
  Restoring(Reader& backup, Wanted const& wanted, store::Store& store, kv::AccountId from, kv::AccountId to,
            Present const& present)
      : backup_(backup), wanted_(wanted), store_(store), from_(from), to_(to), present_(present) {}

  Result<Restored> run() {
    TRY(std::vector<Mailbox> mailboxes, backup_.store().mailboxes(from_));
    bool any = false;
    for (Mailbox const& mailbox : mailboxes) {
      if (wanted_.mailbox && *wanted_.mailbox != mailbox.name) continue;
      any = true;
      auto take = [&](MessageState const& state) { return consider(mailbox, state); };
      TRY_VOID(for_each_state(backup_.store(), from_, mailbox, take));
    }
    TRY_VOID(settle());
    if (!any) return fail(Errc::not_found, "the backup has no mailbox " + wanted_.mailbox->text() + " of this account");
    return result_;
  }

 private:
  Result<> consider(Mailbox const& mailbox, MessageState const& state) {
    if (wanted_.uid && *wanted_.uid != state.uid) return {};
    TRY(std::optional<Card> card, backup_.store().find_card(from_, mailbox.id, state.uid));
    if (!card) return fail(Errc::corrupt, fmt::format("UID {} of the backup has no card", state.uid.value()));
    if (!fits(*card)) return {};
    TRY(bool present, present_.has(state, *card));
    if (present) {
      ++result_.present;
      return {};
    }
    return bring_back(mailbox, state, *card);
  }

  bool fits(Card const& card) const {
    if (wanted_.message_id.empty()) return true;
    Result<mime::Summary> const summary = mime::decode_summary(card.summary);
    return summary && summary->envelope.message_id &&
           without_brackets(*summary->envelope.message_id) == without_brackets(wanted_.message_id);
  }

  Result<store::MailboxName> target(Mailbox const& mailbox) const {
    if (!wanted_.into) return mailbox.name;
    return store::MailboxName::parse(wanted_.into->text() + store::MailboxName::kDelimiter + mailbox.name.text());
  }

  Result<kv::SealedBody> copy_body(Card const& card) {
    TRY(std::unique_ptr<kv::BodyWriter> writer, store_.begin_body());
    while (writer->size() < card.body.size) {
      TRY(std::string piece, backup_.bodies().read(card.body.id, writer->size(), kPiece));
      if (piece.empty()) return fail(Errc::corrupt, "a body of the backup is too short");
      TRY_VOID(writer->append(piece));
    }
    return writer->seal().wait();
  }

  Result<> bring_back(Mailbox const& mailbox, MessageState const& state, Card const& card) {
    TRY(store::MailboxName name, target(mailbox));
    store::NewMessage message{.prefix = card.prefix,
                              .body = {},
                              .summary = card.summary,
                              .flags = state.flags.without(store::SystemFlag::deleted),
                              .keywords = {},
                              .internal_date = state.internal_date,
                              .internal_zone = state.internal_zone};
    for (store::KeywordId keyword : state.keywords) message.keywords.push_back(mailbox.keywords.at(keyword.value()));
    TRY(message.body, copy_body(card));
    auto put = [account = to_, name, message = std::move(message)](store::Changes& changes) -> Result<> {
      TRY(std::optional<Mailbox> there, changes.find_mailbox(account, name));
      if (!there) {
        TRY(there, changes.create_mailbox(account, name));
      }
      TRY_VOID(changes.append(account, there->id, message));
      return {};
    };
    tickets_.push_back(store_.change<void>({to_}, Lane::reading, std::move(put)));
    return tickets_.size() < kAtOnce ? Result<>() : settle();
  }

  Result<> settle() {
    for (store::Ticket<void> const& ticket : std::exchange(tickets_, {})) {
      TRY_VOID(ticket.wait());
      ++result_.restored;
    }
    return {};
  }

  Reader& backup_;
  Wanted const& wanted_;
  store::Store& store_;
  kv::AccountId const from_;
  kv::AccountId const to_;
  Present const& present_;
  std::vector<store::Ticket<void>> tickets_;
  Restored result_;
};

}  // namespace

Result<Restored> restore_messages(Reader& backup, Wanted const& wanted, directory::Directory const& directory,
                                  store::Store& store) {
  TRY(auto there, directory::find_named<directory::ToAccount>(backup.rows(), wanted.account));
  if (!there) return fail(Errc::not_found, "the backup has no account " + wanted.account.text());
  TRY(auto here, directory.find_account(wanted.account));
  if (!here) return fail(Errc::not_found, "no account " + wanted.account.text() + " here; add it first");
  TRY(Present present, Present::read(store, here->id));
  return Restoring(backup, wanted, store, there->account, here->id, present).run();
}

}  // namespace yubin::backup
