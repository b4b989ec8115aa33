#include <algorithm>
#include <chrono>

#include "imap/search_key.h"

namespace yubin::imap {

using namespace search;  // NOLINT: the tree's own words

namespace {

std::optional<store::KeywordId> find_keyword(View const& view, std::string_view wanted) {
  auto const& names = view.keywords();
  auto place = std::ranges::find_if(names, [&](std::string const& name) { return iequals(name, wanted); });
  if (place == names.end()) return std::nullopt;
  return store::KeywordId(static_cast<std::uint16_t>(place - names.begin()));
}

}  // namespace

void prepare(SearchKey& key, View const& view, WallTime now) {
  auto prepare_all = [&](std::vector<SearchKey>& keys) {
    for (SearchKey& inner : keys) prepare(inner, view, now);
  };
  if (auto* all = std::get_if<All>(&key.test)) return prepare_all(all->keys);
  if (auto* either = std::get_if<Either>(&key.test)) return prepare_all(either->keys);
  if (auto* negated = std::get_if<Not>(&key.test)) return prepare_all(negated->keys);
  if (auto* keyword = std::get_if<HasKeyword>(&key.test)) keyword->id = find_keyword(view, keyword->keyword);
  if (auto* age = std::get_if<Age>(&key.test)) {
    auto const limit = std::chrono::floor<std::chrono::seconds>(now) - std::chrono::seconds(age->seconds);
    age->limit = limit.time_since_epoch().count();
  }
  if (auto* set = std::get_if<InSet>(&key.test)) set->messages = view.find_all(set->set, set->numbers);
}

}  // namespace yubin::imap
