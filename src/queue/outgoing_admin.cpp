// What people see of the queue and do to it.
#include <fmt/format.h>

#include <set>
#include <utility>

#include "base/text.h"
#include "queue/kept_row.h"
#include "queue/outgoing.h"

namespace yubin::queue {

namespace {

using Verb = Outgoing::Verb;

constexpr std::string_view word_of(Verb verb) {
  switch (verb) {
    case Verb::retry:
      return "retried";
    case Verb::hold:
      return "held";
    case Verb::release:
      return "released";
    case Verb::remove:
      return "removed";
    case Verb::bounce:
      return "bounced";
    case Verb::redirect:
      return "redirected";
  }
  std::unreachable();
}

// Whether it means anything to one who stands so.
bool concerns(Verb verb, RecipientRow const& row) {
  switch (verb) {
    case Verb::retry:
    case Verb::hold:
      return row.standing == Standing::waiting && row.destination != kNowhere;
    case Verb::release:
      return row.standing == Standing::held;
    case Verb::remove:
      return true;
    case Verb::bounce:
    case Verb::redirect:
      return row.destination != kNowhere;
  }
  std::unreachable();
}

bool is_meant(Filter const& filter, UniqueId id, MessageRow const& message) {
  if (filter.id && *filter.id != id) return false;
  if (filter.sender.empty()) return true;
  auto const& sender = message.reverse_path.address();
  return filter.sender == (sender ? to_lower(sender->text()) : "<>");
}

bool is_meant(Filter::State state, RecipientRow const& row, bool is_active) {
  switch (state) {
    case Filter::State::waiting:
      return !is_active && row.standing == Standing::waiting;
    case Filter::State::deferred:
      return !is_active && row.standing == Standing::waiting && row.attempts > 0;
    case Filter::State::held:
      return row.standing == Standing::held;
    case Filter::State::active:
      return is_active;
  }
  std::unreachable();
}

bool is_meant(Filter const& filter, RecipientRow const& row, bool is_active) {
  mime::Address const& address = *row.recipient.path.address();
  if (!filter.domain.empty() && address.domain().text() != filter.domain) return false;
  if (!filter.recipient.empty() && to_lower(address.text()) != filter.recipient) return false;
  return !filter.state || is_meant(*filter.state, row, is_active);
}

// RFC 3461 section 5.2.7.3 (forwarding): whom the sender wrote to stays known.
smtp::Recipient redirected(smtp::Recipient const& old, smtp::ForwardPath const& to) {
  smtp::Recipient recipient{to, old.parameters};
  mime::Address const& address = *old.path.address();
  if (!recipient.parameters.original)
    recipient.parameters.original = {address.local_part().is_ascii() ? "rfc822" : "utf-8", address.text()};
  return recipient;
}

// How the recipient stands after it; not of remove.
RecipientRow changed(RecipientRow const& old, Outgoing::Action const& action, Seconds time) {
  RecipientRow row = old;
  row.standing = action.verb == Verb::hold ? Standing::held : Standing::waiting;
  row.due = time;
  if (action.verb == Verb::bounce) row.destination = kNowhere;
  if (action.verb == Verb::redirect) {
    row.recipient = redirected(old.recipient, *action.to);
    row.destination = Outgoing::destination_of(*action.to);
  }
  return row;
}

}  // namespace

Result<std::vector<Job::One>> Outgoing::recipients_of(UniqueId id) const {
  std::vector<Job::One> out;
  kv::Range range = recipients_range(id);
  for (bool more = true; more;) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, {}));
    for (kv::Row const& row : page.rows) {
      TRY(RecipientKey const key, RecipientKey::decode(row.key));
      TRY(RecipientRow recipient, decode_recipient(row.value));
      out.push_back({key.number, std::move(recipient)});
    }
    more = page.next.has_value();
    if (more) range.from = *page.next;
  }
  return out;
}

Result<Outgoing::Listed> Outgoing::listed(UniqueId id, MessageRow message) const {
  TRY(std::vector<Job::One> recipients, recipients_of(id));
  Listed out{.id = id, .message = std::move(message), .recipients = std::move(recipients)};
  std::lock_guard const lock(mutex_);
  for (auto at = taken_.lower_bound({id, 0}); at != taken_.end() && at->first == id; ++at)
    out.active.insert(at->second);
  Seconds const time = now();
  for (Job::One const& one : out.recipients) {
    Seconds const until = schedule_.paused_until(stream_of(out.message, one.row));
    if (until > time) out.paused[one.row.destination] = until;
  }
  return out;
}

Result<Outgoing::Page> Outgoing::list(Filter const& filter, std::optional<UniqueId> after, std::size_t limit) const {
  constexpr std::size_t kLook = 500;
  if (filter.id) {
    TRY(Listed one, show(*filter.id));
    Page page;
    std::erase_if(one.recipients,
                  [&](Job::One const& each) { return !is_meant(filter, each.row, one.active.contains(each.number)); });
    if (is_meant(filter, one.id, one.message) && !one.recipients.empty()) page.messages.push_back(std::move(one));
    return page;
  }
  kv::Range range = messages_range();
  if (after) range.from = MessageKey{*after}.encode() + '\0';
  TRY(kv::Page const rows, services_.key_value.scan(kv::Table::queue, range, kv::Limit{.rows = kLook}));
  Page page;
  for (kv::Row const& row : rows.rows) {
    TRY(MessageKey const key, MessageKey::decode(row.key));
    TRY(MessageRow message, decode_message(row.value));
    if (page.messages.size() == limit) return page;
    page.next = key.id;
    if (!is_meant(filter, key.id, message)) continue;
    TRY(Listed one, listed(key.id, std::move(message)));
    std::erase_if(one.recipients,
                  [&](Job::One const& each) { return !is_meant(filter, each.row, one.active.contains(each.number)); });
    if (!one.recipients.empty()) page.messages.push_back(std::move(one));
  }
  if (!rows.next) page.next.reset();
  return page;
}

Result<Outgoing::Listed> Outgoing::show(UniqueId id) const {
  TRY(auto const value, services_.key_value.get(kv::Table::queue, MessageKey{id}.encode()));
  if (!value) return fail(Errc::not_found, fmt::format("no message {} in the queue", id.text()));
  TRY(MessageRow message, decode_message(*value));
  return listed(id, std::move(message));
}

// Takes what is not on its way, for the time of the change, so that no job does meanwhile. A job may have ended between
// reading and taking, so the rows are read again.
Result<Outgoing::Listed> Outgoing::take_for_change(UniqueId id, Filter const& filter, Verb verb) {
  TRY(Listed listed, show(id));
  std::set<std::uint32_t> mine;
  {
    std::lock_guard const lock(mutex_);
    for (Job::One const& one : listed.recipients)
      if (taken_.insert({id, one.number}).second) mine.insert(one.number);
    join_message(id);
  }
  bool const is_it = is_meant(filter, id, listed.message);
  auto const is_not = [&](Job::One const& one) {
    return !is_it || !mine.contains(one.number) || !concerns(verb, one.row) || !is_meant(filter, one.row, false);
  };
  auto again = recipients_of(id);
  if (again) {
    listed.recipients = *again;
    std::erase_if(listed.recipients, is_not);
    for (Job::One const& one : listed.recipients) mine.erase(one.number);
  }
  std::lock_guard const lock(mutex_);
  for (std::uint32_t const number : mine) taken_.erase({id, number});
  if (!again || listed.recipients.empty()) leave_message(id);
  if (!again) return std::unexpected(std::move(again).error());
  // Who looked for them meanwhile has passed over them.
  for (Job::One const& one : *again)
    if (mine.contains(one.number) && one.row.standing == Standing::waiting)
      wake(stream_of(listed.message, one.row), one.row.due);
  return listed;
}

void Outgoing::change_one(kv::Changes& changes, Listed const& listed, Job::One const& one, Action const& action,
                          Seconds time) {
  std::string key = RecipientKey{listed.id, one.number}.encode();
  if (one.row.standing == Standing::waiting)
    changes.erase_blind(kv::Table::queue, due_key(listed.id, listed.message, one.number, one.row).encode());
  if (is_kept(one.row)) changes.erase_blind(kv::Table::queue, KeptKey{one.row.due, listed.id, one.number}.encode());
  if (action.verb == Verb::remove) return changes.erase_blind(kv::Table::queue, key);
  RecipientRow const row = changed(one.row, action, time);
  changes.put_blind(kv::Table::queue, std::move(key), encode_recipient(row));
  if (row.standing == Standing::waiting)
    changes.put_blind(kv::Table::queue, due_key(listed.id, listed.message, one.number, row).encode(), {});
}

kv::Ticket<std::size_t> Outgoing::act(UniqueId id, Filter const& filter, Action const& action, journal::Entry entry) {
  Result<Listed> listed = take_for_change(id, filter, action.verb);
  if (!listed) return kv::Ticket<std::size_t>::failed(std::move(listed).error());
  std::size_t const count = listed->recipients.size();
  if (count == 0) return kv::Ticket<std::size_t>::done_with(std::size_t{0});
  for (Job::One const& one : listed->recipients)
    entry.recipients.push_back({one.row.recipient.path.address()->text(), std::string(word_of(action.verb)), "",
                                action.to ? "to " + action.to->address()->text() : ""});
  auto fn = [listed = *listed, action, time = now(), entry = std::move(entry)](kv::Changes& changes) -> Result<> {
    for (Job::One const& one : listed.recipients) change_one(changes, listed, one, action, time);
    journal::Journal::put(changes, entry);
    return {};
  };
  kv::Ticket<void> const inner = services_.changer.change<void>({}, Lane::delivery, std::move(fn));
  kv::Ticket<std::size_t> outer = kv::Ticket<std::size_t>::make();
  inner.completion().on_done([this, inner, outer, listed = *std::move(listed), action, count] {
    Result<> const result = inner.take();
    finish_change(listed, action);
    outer.finish(result ? Result<std::size_t>(count) : std::unexpected(result.error()));
  });
  return outer;
}

// Done or not: who waits is due at once, at worst to no use.
void Outgoing::finish_change(Listed const& listed, Action const& action) {
  Seconds const time = now();
  {
    std::lock_guard const lock(mutex_);
    for (Job::One const& one : listed.recipients) {
      taken_.erase({listed.id, one.number});
      if (action.verb != Verb::remove && action.verb != Verb::hold)
        wake(stream_of(listed.message, changed(one.row, action, time)), time);
      wake(stream_of(listed.message, one.row), time, std::min(time, one.row.due));
      // An administrator who asks for another attempt wants it now, whatever we have learnt about the destination.
      if (action.verb == Verb::retry) (void)schedule_.resume(stream_of(listed.message, one.row), time);
    }
    leave_message(listed.id);
  }
  if (action.verb == Verb::remove) remove_message(listed.id, listed.message.body);
  tell();
}

}  // namespace yubin::queue
