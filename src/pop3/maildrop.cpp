#include "pop3/maildrop.h"

#include "base/text.h"

namespace yubin::pop3 {

Maildrop::Maildrop(store::AccountId account, store::Mailbox const& inbox)
    : account_(account), mailbox_(inbox.id), uid_validity_(inbox.uid_validity) {
  messages_.reserve(inbox.exists);
}

void Maildrop::add(store::MessageState const& state) {
  messages_.push_back({.uid = state.uid, .seen = state.flags.has(store::SystemFlag::seen), .size = state.size});
  ++count_;
  octets_ += state.size;
}

Result<Maildrop::Message*> Maildrop::find(std::string_view number) {
  auto const value = parse_number(number);
  if (!value) return fail(Errc::syntax, "That is not a message number.");
  if (*value == 0 || *value > messages_.size()) return fail(Errc::not_found, "There is no such message.");
  Message& message = messages_[static_cast<std::size_t>(*value - 1)];
  if (message.deleted) return fail(Errc::not_found, "That message is deleted.");
  return &message;
}

std::size_t Maildrop::number_of(Message const& message) const {
  return static_cast<std::size_t>(&message - messages_.data()) + 1;
}

void Maildrop::remove(Message& message) {
  message.deleted = true;
  --count_;
  octets_ -= message.size;
}

void Maildrop::restore() {
  count_ = messages_.size();
  octets_ = 0;
  for (Message& message : messages_) {
    message.deleted = false;
    octets_ += message.size;
  }
}

// Between two of these UIDs no other one can lie that is not known here: new ones are larger than all.
template <class Wanted>
std::vector<store::UidRange> Maildrop::ranges(Wanted wanted) const {
  std::vector<store::UidRange> ranges;
  bool runs_on = false;
  for (Message const& message : messages_) {
    bool const is_wanted = wanted(message);
    if (is_wanted && runs_on) {
      ranges.back().last = message.uid;
    } else if (is_wanted) {
      ranges.push_back({message.uid, message.uid});
    }
    runs_on = is_wanted;
  }
  return ranges;
}

std::vector<store::UidRange> Maildrop::deleted() const {
  return ranges([](Message const& message) { return message.deleted; });
}

std::vector<store::UidRange> Maildrop::newly_seen() const {
  return ranges([](Message const& message) { return message.retrieved && !message.seen && !message.deleted; });
}

}  // namespace yubin::pop3
