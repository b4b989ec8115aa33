// What people see of the queue and do to it.
#include <fmt/format.h>

#include <utility>

#include "queue/outgoing.h"

namespace yubin::queue {

namespace {

constexpr std::string_view word_of(Outgoing::Action action) {
  switch (action) {
    case Outgoing::Action::retry:
      return "retried";
    case Outgoing::Action::hold:
      return "held";
    case Outgoing::Action::release:
      return "released";
    case Outgoing::Action::remove:
      return "removed";
  }
  std::unreachable();
}

// Whether the action means anything to one who stands so.
bool concerns(Outgoing::Action action, Standing standing) {
  switch (action) {
    case Outgoing::Action::retry:
    case Outgoing::Action::hold:
      return standing == Standing::waiting;
    case Outgoing::Action::release:
      return standing == Standing::held;
    case Outgoing::Action::remove:
      return true;
  }
  std::unreachable();
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

Result<std::vector<Outgoing::Listed>> Outgoing::list(std::optional<UniqueId> after, std::size_t limit) const {
  kv::Range range = messages_range();
  if (after) range.from = MessageKey{*after}.encode() + '\0';
  TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, kv::Limit{.rows = limit}));
  std::vector<Listed> out;
  for (kv::Row const& row : page.rows) {
    TRY(MessageKey const key, MessageKey::decode(row.key));
    TRY(MessageRow message, decode_message(row.value));
    TRY(std::vector<Job::One> recipients, recipients_of(key.id));
    out.push_back({key.id, std::move(message), std::move(recipients)});
  }
  return out;
}

Result<Outgoing::Listed> Outgoing::show(UniqueId id) const {
  TRY(auto const value, services_.key_value.get(kv::Table::queue, MessageKey{id}.encode()));
  if (!value) return fail(Errc::not_found, fmt::format("no message {} in the queue", id.text()));
  TRY(MessageRow message, decode_message(*value));
  TRY(std::vector<Job::One> recipients, recipients_of(id));
  return Listed{id, std::move(message), std::move(recipients)};
}

// Takes what is not on its way, for the time of the change, so that no job does meanwhile.
Result<Outgoing::Listed> Outgoing::take_for_change(UniqueId id, Action action) {
  TRY(Listed listed, show(id));
  std::lock_guard const lock(mutex_);
  std::erase_if(listed.recipients, [&](Job::One const& one) {
    return taken_.contains({id, one.number}) || !concerns(action, one.row.standing);
  });
  for (Job::One const& one : listed.recipients) taken_.insert({id, one.number});
  if (!listed.recipients.empty()) ++messages_[id].jobs;
  return listed;
}

void Outgoing::change_one(kv::Changes& changes, UniqueId id, Job::One const& one, Action action, Seconds time) {
  std::string const key = RecipientKey{id, one.number}.encode();
  if (one.row.standing == Standing::waiting)
    changes.erase_blind(kv::Table::queue, DueKey{one.row.destination, one.row.due, id, one.number}.encode());
  if (action == Action::remove) return changes.erase_blind(kv::Table::queue, key);
  RecipientRow row = one.row;
  row.standing = action == Action::hold ? Standing::held : Standing::waiting;
  row.due = time;
  changes.put_blind(kv::Table::queue, key, encode_recipient(row));
  if (row.standing == Standing::waiting)
    changes.put_blind(kv::Table::queue, DueKey{row.destination, row.due, id, one.number}.encode(), {});
}

kv::Ticket<std::size_t> Outgoing::act(UniqueId id, Action action, journal::Entry entry) {
  Result<Listed> listed = take_for_change(id, action);
  if (!listed) return kv::Ticket<std::size_t>::failed(std::move(listed).error());
  std::size_t const count = listed->recipients.size();
  if (count == 0) return kv::Ticket<std::size_t>::done_with(std::size_t{0});
  if (Result<> const counted = count_left(id); !counted) {
    finish_change(*listed, action, false);
    return kv::Ticket<std::size_t>::failed(counted.error());
  }
  for (Job::One const& one : listed->recipients)
    entry.recipients.push_back({one.row.recipient.path.address()->text(), std::string(word_of(action)), "", ""});
  auto fn = [listed = *listed, action, time = now(), entry = std::move(entry)](kv::Changes& changes) -> Result<> {
    for (Job::One const& one : listed.recipients) change_one(changes, listed.id, one, action, time);
    journal::Journal::put(changes, entry);
    return {};
  };
  kv::Ticket<void> const inner = services_.changer.change<void>({}, Lane::delivery, std::move(fn));
  kv::Ticket<std::size_t> outer = kv::Ticket<std::size_t>::make();
  inner.completion().on_done([this, inner, outer, listed = *std::move(listed), action, count] {
    Result<> const result = inner.take();
    finish_change(listed, action, result.has_value());
    outer.finish(result ? Result<std::size_t>(count) : std::unexpected(result.error()));
  });
  return outer;
}

void Outgoing::finish_change(Listed const& listed, Action action, bool done) {
  bool empty = false;
  {
    std::lock_guard const lock(mutex_);
    for (Job::One const& one : listed.recipients) taken_.erase({listed.id, one.number});
    Message& message = messages_.at(listed.id);
    if (done && action == Action::remove && message.left) {
      message.left = *message.left - listed.recipients.size();
      empty = *message.left == 0 && message.jobs == 1;
    }
    leave_message(listed.id);
    // An administrator who asks for another attempt wants it now, whatever we have learnt about the destination.
    for (Job::One const& one : listed.recipients)
      if (action == Action::retry)
        if (auto const found = destinations_.find(one.row.destination); found != destinations_.end())
          found->second.paused_until = 0;
  }
  if (empty) remove_message(listed.id, listed.message.body);
  if (action != Action::retry && action != Action::release) return;
  for (Job::One const& one : listed.recipients) wake_at(one.row.destination, now());
}

}  // namespace yubin::queue
