#include "pop3/read_ahead.h"

#include <utility>

#include "pop3/wire_text.h"
#include "store/store.h"

namespace yubin::pop3 {

namespace {

// Empty: it cannot be read.
std::string text_of(store::Store const& store, store::Card const& card, std::optional<std::string> const& body,
                    std::uint64_t size) {
  auto const bytes = body ? card.prefix + *body : store.read(card, 0, static_cast<std::size_t>(size)).value_or("");
  if (bytes.size() != size) return {};
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 32);
  WireText wire;
  wire.put(bytes, text);
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
  std::map<store::Uid, std::size_t> wanted;  // numbers of those that there is room for
  std::size_t size = 0;
  for (std::size_t number = last_ + 1; number <= maildrop.messages().size(); ++number) {
    Maildrop::Message const& message = maildrop.messages()[number - 1];
    if (message.deleted) continue;
    size += message.size;
    if (size > kMost) break;
    wanted.emplace(message.uid, number);
  }
  if (wanted.empty()) return;
  store::UidRange const range{wanted.begin()->first, wanted.rbegin()->first};
  auto cards = store.cards(maildrop.account(), maildrop.mailbox(), range, 2 * wanted.size());
  if (!cards) return;
  std::erase_if(*cards, [&](auto const& one) { return !wanted.contains(one.first); });
  auto const bodies = store.small_bodies(*cards);
  std::size_t held = 0;
  for (std::size_t i = 0; i < cards->size(); ++i) {
    auto const& [uid, card] = (*cards)[i];
    std::size_t const number = wanted.at(uid);
    Maildrop::Message const& message = maildrop.messages()[number - 1];
    std::string text = text_of(store, card, bodies ? (*bodies)[i] : std::nullopt, message.size);
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
