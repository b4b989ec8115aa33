#include "pop3/read_ahead.h"

#include <utility>

#include "pop3/wire_text.h"
#include "store/store.h"

namespace yubin::pop3 {

namespace {

// Empty: it cannot be read.
std::string text_of(store::Store const& store, Maildrop const& maildrop, Maildrop::Message const& message) {
  auto const card = store.find_card(maildrop.account(), maildrop.mailbox(), message.uid);
  if (!card || !*card) return {};
  auto const bytes = store.read(**card, 0, static_cast<std::size_t>(message.size));
  if (!bytes || bytes->size() != message.size) return {};
  std::string text;
  text.reserve(bytes->size() + bytes->size() / 32);
  WireText wire;
  wire.put(*bytes, text);
  wire.finish(text);
  return text;
}

}  // namespace

void ReadAhead::given(std::size_t number) {
  wanted_ = number == last_ + 1;
  last_ = number;
  texts_.clear();
}

void ReadAhead::fill(store::Store const& store, Maildrop const& maildrop) {
  wanted_ = false;
  std::size_t held = 0;
  for (std::size_t number = last_ + 1; number <= maildrop.messages().size(); ++number) {
    Maildrop::Message const& message = maildrop.messages()[number - 1];
    if (message.deleted) continue;
    if (held + message.size > kMost) return;
    std::string text = text_of(store, maildrop, message);
    held += text.size();
    if (text.empty() || held > kMost) return;
    texts_.emplace(number, std::move(text));
  }
}

std::string ReadAhead::take(std::size_t number) {
  auto taken = texts_.extract(number);
  if (taken.empty()) return {};
  last_ = number;
  texts_.erase(texts_.begin(), texts_.upper_bound(number));
  return std::move(taken.mapped());
}

}  // namespace yubin::pop3
