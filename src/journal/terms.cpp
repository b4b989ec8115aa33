#include "journal/terms.h"

#include <xxhash.h>

#include <algorithm>

#include "base/text.h"

namespace yubin::journal {

namespace {

class Terms {
 public:
  void add(Field field, std::string_view text) {
    if (!text.empty()) terms_.push_back(Term::of(field, text));
  }
  void add_address(std::string_view address) {
    add(Field::address, address);
    add(Field::domain, domain_of(address));
  }
  void add_peer(std::string_view peer) {
    Result<PeerNetwork> const parsed = PeerNetwork::parse(peer);
    if (!parsed) return;  // nobody's: the admin socket has no address
    for (PeerNetwork const& network : indexed_networks(*parsed)) terms_.push_back(Term::of(network));
  }
  std::vector<Term> take() {
    terms_.push_back(Term{});
    std::ranges::sort(terms_);
    terms_.erase(std::ranges::unique(terms_).begin(), terms_.end());
    return std::move(terms_);
  }

 private:
  std::vector<Term> terms_;
};

}  // namespace

std::string_view bare_message_id(std::string_view text) {
  text = trim(text);
  if (text.starts_with('<') && text.ends_with('>') && text.size() >= 2) return text.substr(1, text.size() - 2);
  return text;
}

std::string_view domain_of(std::string_view address) {
  std::size_t const at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

Term Term::of(Field field, std::string_view text) {
  std::string const folded = to_lower(text);
  return {field, XXH3_64bits(folded.data(), folded.size())};
}

std::vector<Term> terms_of(Entry const& entry) {
  Terms terms;
  terms.add(Field::message_id, bare_message_id(entry.message_id));
  terms.add_address(entry.sender);
  terms.add_address(entry.user);
  terms.add_peer(entry.peer);
  terms.add(Field::service, entry.service);
  terms.add(Field::verdict, entry.verdict);
  for (RecipientFate const& recipient : entry.recipients) {
    terms.add_address(recipient.address);
    terms.add(Field::verdict, recipient.fate);
  }
  for (auto const& [name, value] : entry.facts) {
    if (name == kAbout) terms.add(Field::about, value);
  }
  return terms.take();
}

}  // namespace yubin::journal
