#include <algorithm>

#include "imap/search_key.h"
#include "mime/charset.h"

namespace yubin::imap {

using namespace search;  // NOLINT: the tree's own words

namespace {

Result<SearchKey> search_key(Cursor& cursor, std::size_t depth);

template <class Test>
SearchKey key_of(Test test) {
  return SearchKey{std::move(test)};
}

// Keys without arguments.
struct Simple {
  std::string_view name;
  std::variant<Constant, HasFlag> test;
};
constexpr auto kPresent = Wanted::present;
constexpr auto kAbsent = Wanted::absent;
Simple const kSimple[] = {
    {"ALL", Constant{true}},
    {"ANSWERED", HasFlag{store::SystemFlag::answered, kPresent}},
    {"DELETED", HasFlag{store::SystemFlag::deleted, kPresent}},
    {"DRAFT", HasFlag{store::SystemFlag::draft, kPresent}},
    {"FLAGGED", HasFlag{store::SystemFlag::flagged, kPresent}},
    {"NEW", Constant{false}},
    {"OLD", Constant{true}},
    {"RECENT", Constant{false}},
    {"SAVEDATESUPPORTED", Constant{true}},
    {"SEEN", HasFlag{store::SystemFlag::seen, kPresent}},
    {"UNANSWERED", HasFlag{store::SystemFlag::answered, kAbsent}},
    {"UNDELETED", HasFlag{store::SystemFlag::deleted, kAbsent}},
    {"UNDRAFT", HasFlag{store::SystemFlag::draft, kAbsent}},
    {"UNFLAGGED", HasFlag{store::SystemFlag::flagged, kAbsent}},
    {"UNSEEN", HasFlag{store::SystemFlag::seen, kAbsent}},
};

Result<SearchKey> field_key(Cursor& cursor, std::string name) {
  TRY_VOID(space(cursor));
  TRY(std::string text, astring(cursor));
  return key_of(Field{std::move(name), std::move(text)});
}

Result<SearchKey> header_key(Cursor& cursor) {
  TRY_VOID(space(cursor));
  TRY(std::string name, astring(cursor));
  return field_key(cursor, std::move(name));
}

Result<SearchKey> text_key(Cursor& cursor, Text::In in) {
  TRY_VOID(space(cursor));
  TRY(std::string text, astring(cursor));
  return key_of(Text{in, std::move(text)});
}

Result<SearchKey> day_key(Cursor& cursor, Day::Of of, Day::Is is) {
  TRY_VOID(space(cursor));
  TRY(std::int64_t day, date(cursor));
  return key_of(Day{of, is, day});
}

Result<SearchKey> size_key(Cursor& cursor, Size::Is is) {
  TRY_VOID(space(cursor));
  TRY(std::uint64_t size, number64(cursor));
  return key_of(Size{is, size});
}

// "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer; which flag's mod-sequence is meant does not
// matter, since a message has one for all (RFC 7162 section 3.1.5).
Result<SearchKey> modseq_key(Cursor& cursor) {
  TRY_VOID(space(cursor));
  if (cursor.peek() == '"') {
    TRY_VOID(string(cursor));
    if (!cursor.skip(" priv ") && !cursor.skip(" shared ") && !cursor.skip(" all "))
      return fail(Errc::syntax, "After the entry's name comes priv, shared or all");
  }
  TRY(store::ModSeq modseq, mod_sequence(cursor));
  return key_of(ModifiedSince{modseq});
}

Result<SearchKey> age_key(Cursor& cursor, Age::Is is) {
  TRY_VOID(space(cursor));
  TRY(std::uint32_t seconds, nz_number(cursor));
  return key_of(Age{is, seconds, 0});
}

Result<SearchKey> id_key(Cursor& cursor, HasId::Of of) {
  TRY_VOID(space(cursor));
  TRY(std::string id, object_id(cursor));
  return key_of(HasId{of, std::move(id)});
}

Result<SearchKey> keyword_key(Cursor& cursor, Wanted wanted) {
  TRY_VOID(space(cursor));
  TRY(std::string keyword, flag_keyword(cursor));
  return key_of(HasKeyword{std::move(keyword), wanted, {}});
}

Result<SearchKey> set_key(Cursor& cursor, Numbers numbers) {
  TRY(SequenceSet set, sequence_set(cursor));
  return key_of(InSet{std::move(set), numbers, {}});
}

Result<SearchKey> uid_key(Cursor& cursor) {
  TRY_VOID(space(cursor));
  return set_key(cursor, Numbers::uid);
}

Result<SearchKey> not_key(Cursor& cursor, std::size_t depth) {
  Not test;
  TRY_VOID(space(cursor));
  TRY(SearchKey inner, search_key(cursor, depth + 1));
  test.keys.push_back(std::move(inner));
  return key_of(std::move(test));
}

Result<SearchKey> or_key(Cursor& cursor, std::size_t depth) {
  Either test;
  for (int i = 0; i < 2; ++i) {
    TRY_VOID(space(cursor));
    TRY(SearchKey inner, search_key(cursor, depth + 1));
    test.keys.push_back(std::move(inner));
  }
  return key_of(std::move(test));
}

// search-key *(SP search-key)
Result<SearchKey> key_list(Cursor& cursor, std::size_t depth) {
  All test;
  do {
    if (test.keys.size() == cursor.limits().list) return fail(Errc::limit, "There are too many search keys");
    TRY(SearchKey inner, search_key(cursor, depth));
    test.keys.push_back(std::move(inner));
  } while (cursor.skip(" "));
  if (test.keys.size() == 1) return std::move(test.keys.front());
  std::ranges::sort(test.keys, {}, cost);
  return key_of(std::move(test));
}

Result<SearchKey> parenthesized(Cursor& cursor, std::size_t depth) {
  cursor.skip("(");
  TRY(SearchKey key, key_list(cursor, depth + 1));
  TRY_VOID(expect(cursor, ")", "The ) of the search keys"));
  return key;
}

Result<SearchKey> named_key(std::string const& name, Cursor& cursor, std::size_t depth) {
  for (Simple const& simple : kSimple) {
    if (iequals(simple.name, name)) return std::visit([](auto const& test) { return SearchKey{test}; }, simple.test);
  }
  auto is = [&](std::string_view wanted) { return iequals(wanted, name); };
  if (is("NOT")) return not_key(cursor, depth);
  if (is("OR")) return or_key(cursor, depth);
  if (is("UID")) return uid_key(cursor);
  if (is("KEYWORD")) return keyword_key(cursor, kPresent);
  if (is("UNKEYWORD")) return keyword_key(cursor, kAbsent);
  if (is("BEFORE")) return day_key(cursor, Day::Of::internal_date, Day::Is::before);
  if (is("ON")) return day_key(cursor, Day::Of::internal_date, Day::Is::on);
  if (is("SINCE")) return day_key(cursor, Day::Of::internal_date, Day::Is::since);
  if (is("SENTBEFORE")) return day_key(cursor, Day::Of::sent, Day::Is::before);
  if (is("SENTON")) return day_key(cursor, Day::Of::sent, Day::Is::on);
  if (is("SENTSINCE")) return day_key(cursor, Day::Of::sent, Day::Is::since);
  if (is("SAVEDBEFORE")) return day_key(cursor, Day::Of::saved, Day::Is::before);
  if (is("SAVEDON")) return day_key(cursor, Day::Of::saved, Day::Is::on);
  if (is("SAVEDSINCE")) return day_key(cursor, Day::Of::saved, Day::Is::since);
  if (is("OLDER")) return age_key(cursor, Age::Is::older);
  if (is("YOUNGER")) return age_key(cursor, Age::Is::younger);
  if (is("EMAILID")) return id_key(cursor, HasId::Of::message);
  if (is("THREADID")) return id_key(cursor, HasId::Of::thread);
  if (is("LARGER")) return size_key(cursor, Size::Is::larger);
  if (is("SMALLER")) return size_key(cursor, Size::Is::smaller);
  if (is("MODSEQ")) return modseq_key(cursor);
  if (is("HEADER")) return header_key(cursor);
  if (is("FROM") || is("TO") || is("CC") || is("BCC") || is("SUBJECT")) return field_key(cursor, name);
  if (is("BODY")) return text_key(cursor, Text::In::body);
  if (is("TEXT")) return text_key(cursor, Text::In::everything);
  return fail(Errc::syntax, "There is no such search key");
}

Result<SearchKey> search_key(Cursor& cursor, std::size_t depth) {
  if (depth > cursor.limits().depth) return fail(Errc::limit, "The search keys are nested too deeply");
  if (cursor.peek() == '(') return parenthesized(cursor, depth);
  if (is_digit(cursor.peek()) || cursor.peek() == '*' || cursor.peek() == '$')
    return set_key(cursor, Numbers::sequence);
  TRY(std::string name, atom(cursor));
  return named_key(name, cursor, depth);
}

// search-return-opts = "(" [search-return-opt *(SP search-return-opt)] ")"
Result<SearchReturn> search_return(Cursor& cursor) {
  SearchReturn options;
  TRY_VOID(expect(cursor, "(", "The ( of the return options"));
  if (cursor.skip(")")) {
    options.all = true;  // RFC 4731 section 3.1
    return options;
  }
  do {
    TRY(std::string name, atom(cursor));
    auto is = [&](std::string_view wanted) { return iequals(wanted, name); };
    if (is("MIN")) {
      options.min = true;
    } else if (is("MAX")) {
      options.max = true;
    } else if (is("ALL")) {
      options.all = true;
    } else if (is("COUNT")) {
      options.count = true;
    } else if (is("SAVE")) {
      options.save = true;
    } else if (is("PARTIAL")) {
      TRY_VOID(space(cursor));
      TRY(options.partial, partial_range(cursor));
    } else {
      return fail(Errc::syntax, "There is no such return option");
    }
  } while (cursor.skip(" "));
  TRY_VOID(expect(cursor, ")", "The ) of the return options"));
  // RFC 9394 section 3.1.
  if (options.partial && options.all) return fail(Errc::syntax, "PARTIAL and ALL exclude each other");
  return options;
}

Result<> recode(std::string& text, std::string_view charset) {
  mime::DecodedText decoded = mime::decode_text(text, charset);
  if (decoded.step > mime::CharsetStep::superset) return fail(Errc::syntax, "A string is no text in its charset");
  text = std::move(decoded.text);
  return {};
}

// All strings that are looked for. Recursion is bounded by the grammar's depth.
Result<> recode(SearchKey& key, std::string_view charset) {
  auto each = [&](std::vector<SearchKey>& keys) -> Result<> {
    for (SearchKey& inner : keys) TRY_VOID(recode(inner, charset));
    return {};
  };
  if (auto* all = std::get_if<All>(&key.test)) return each(all->keys);
  if (auto* either = std::get_if<Either>(&key.test)) return each(either->keys);
  if (auto* negated = std::get_if<Not>(&key.test)) return each(negated->keys);
  if (auto* field = std::get_if<Field>(&key.test)) return recode(field->text, charset);
  if (auto* text = std::get_if<Text>(&key.test)) return recode(text->text, charset);
  return {};
}

}  // namespace

SearchCost cost(SearchKey const& key) {
  auto most = [](std::vector<SearchKey> const& keys) {
    SearchCost sum = SearchCost::state;
    for (SearchKey const& inner : keys) sum = std::max(sum, cost(inner));
    return sum;
  };
  if (auto const* all = std::get_if<All>(&key.test)) return most(all->keys);
  if (auto const* either = std::get_if<Either>(&key.test)) return most(either->keys);
  if (auto const* negated = std::get_if<Not>(&key.test)) return most(negated->keys);
  if (auto const* day = std::get_if<Day>(&key.test))
    return day->of == Day::Of::sent ? SearchCost::header : SearchCost::state;
  if (std::holds_alternative<Field>(key.test)) return SearchCost::header;
  if (std::holds_alternative<Text>(key.test)) return SearchCost::body;
  return SearchCost::state;
}

bool tests_modseq(SearchKey const& key) {
  auto any = [](std::vector<SearchKey> const& keys) { return std::ranges::any_of(keys, tests_modseq); };
  if (auto const* all = std::get_if<All>(&key.test)) return any(all->keys);
  if (auto const* either = std::get_if<Either>(&key.test)) return any(either->keys);
  if (auto const* negated = std::get_if<Not>(&key.test)) return any(negated->keys);
  return std::holds_alternative<ModifiedSince>(key.test);
}

bool names_numbers(SearchKey const& key) {
  auto any = [](std::vector<SearchKey> const& keys) { return std::ranges::any_of(keys, names_numbers); };
  if (auto const* all = std::get_if<All>(&key.test)) return any(all->keys);
  if (auto const* either = std::get_if<Either>(&key.test)) return any(either->keys);
  if (auto const* negated = std::get_if<Not>(&key.test)) return any(negated->keys);
  auto const* set = std::get_if<InSet>(&key.test);
  return set != nullptr && set->numbers == Numbers::sequence && !(set->set == kSavedResult);
}

// search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)
Result<SearchArguments> search_arguments(Cursor& cursor) {
  SearchArguments arguments;
  TRY_VOID(space(cursor));
  if (cursor.skip("RETURN ")) {
    TRY(arguments.returns, search_return(cursor));
    TRY_VOID(space(cursor));
  }
  std::string charset = "UTF-8";
  if (cursor.skip("CHARSET ")) {
    TRY(charset, astring(cursor));
    arguments.names_charset = true;
    if (!mime::is_known_charset(charset)) arguments.unknown_charset = charset;
    TRY_VOID(space(cursor));
  }
  TRY(arguments.key, key_list(cursor, 0));
  TRY_VOID(end_of_command(cursor));
  bool const foreign = !iequals(charset, "UTF-8") && !iequals(charset, "US-ASCII");
  if (foreign && !arguments.unknown_charset) TRY_VOID(recode(arguments.key, charset));
  return arguments;
}

}  // namespace yubin::imap
