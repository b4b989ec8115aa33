#include "dns/zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "dns/name.h"
#include "dns/zone_lexer.h"

namespace yubin::dns {

namespace {

using Words = std::span<ZoneWord const>;

// "3600", "1h", "1d12h"
std::optional<std::chrono::seconds> duration(std::string_view text) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();  // RFC 2181 section 8
  if (auto const plain = parse_number(text)) return std::chrono::seconds(std::min(*plain, kMost));
  std::uint64_t total = 0;
  while (!text.empty()) {
    std::size_t const digits = std::min(text.find_first_not_of("0123456789"), text.size());
    auto const count = parse_number(text.substr(0, digits));
    if (!count || *count > kMost || digits == text.size()) return std::nullopt;
    constexpr std::pair<char, std::uint64_t> kUnits[] = {
        {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}};
    auto const* unit = std::ranges::find(kUnits, ascii_lower(text[digits]), &std::pair<char, std::uint64_t>::first);
    if (unit == std::end(kUnits)) return std::nullopt;
    total += *count * unit->second;
    text.remove_prefix(digits + 1);
  }
  return std::chrono::seconds(std::min(total, kMost));
}

template <class T>
std::optional<T> small(ZoneWord const& word) {
  auto const number = parse_number(word.text);
  if (!number || *number > std::numeric_limits<T>::max()) return std::nullopt;
  return static_cast<T>(*number);
}

}  // namespace

// One pass over the file.
class ZoneReader {
 public:
  Result<Zone> read(std::string_view text) {
    ZoneLexer lexer(text);
    for (;;) {
      TRY(auto const entry, lexer.next());
      if (!entry) return std::move(zone_);
      line_ = entry->line;
      TRY_VOID(entry->directive ? directive(entry->words) : take(*entry));
    }
  }

 private:
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(Errc::syntax, fmt::format("line {}: {}", line_, what));
  }

  Result<std::string> name(ZoneWord const& word) const {
    std::string text = word.text == "@" ? origin_ + "." : word.text;
    if (!text.ends_with('.')) text += origin_.empty() ? "." : "." + origin_ + ".";
    if (text == "..") text = ".";
    auto normal = normal_name(text);
    if (!normal) return wrong(quoted(word.text) + " is no domain name");
    return *std::move(normal);
  }

  Result<> directive(Words words) {
    auto const whole = words.size() > 1 ? normal_name(words[1].text) : std::nullopt;
    if (words[0].text == "secure" && words.size() == 2 && whole) {
      zone_.make(*whole).secure = true;
      return {};
    }
    using Failure = Zone::Failure;
    constexpr std::pair<std::string_view, Failure> kFailures[] = {
        {"SERVFAIL", Failure::servfail}, {"TIMEOUT", Failure::timeout}, {"BOGUS", Failure::bogus}};
    if (words[0].text != "fail" || words.size() != 3 || !whole) return wrong("a line \"; !\" is !fail or !secure");
    auto const* found = std::ranges::find(kFailures, words[2].text, &std::pair<std::string_view, Zone::Failure>::first);
    if (found == std::end(kFailures)) return wrong("!fail takes SERVFAIL, TIMEOUT or BOGUS");
    zone_.make(*whole).failure = found->second;
    return {};
  }

  Result<> take(ZoneEntry const& entry) {
    Words words = entry.words;
    if (words[0].text.starts_with('$')) return control(words);
    if (!entry.begins_blank) {
      TRY(owner_, name(words[0]));
      has_owner_ = true;
      words = words.subspan(1);
    }
    if (!has_owner_) return wrong("the first record has no name");
    std::chrono::seconds ttl = ttl_;
    // TTL and class in either order, both may be missing.
    for (int i = 0; i < 2 && !words.empty(); ++i) {
      if (iequals(words[0].text, "IN")) {
        words = words.subspan(1);
      } else if (auto const given = is_digit(words[0].text.empty() ? ' ' : words[0].text[0]) ? duration(words[0].text)
                                                                                             : std::nullopt) {
        ttl = *given;
        words = words.subspan(1);
      }
    }
    if (words.empty()) return wrong("the record has no type");
    return record(to_upper(words[0].text), words.subspan(1), ttl);
  }

  Result<> control(Words words) {
    if (words.size() == 2 && words[0].text == "$ORIGIN") {
      TRY(origin_, name(words[1]));
      return {};
    }
    auto const ttl = words.size() == 2 && words[0].text == "$TTL" ? duration(words[1].text) : std::nullopt;
    if (!ttl) return wrong("only $ORIGIN NAME and $TTL TIME are known");
    ttl_ = *ttl;
    return {};
  }

  Result<> record(std::string_view type, Words words, std::chrono::seconds ttl) {
    if (type == "SOA" || type == "NS") {
      zone_.make(owner_);
      return {};
    }
    if (type == "CNAME") {
      if (words.size() != 1) return wrong("CNAME has one name");
      TRY(std::string target, name(words[0]));
      zone_.make(owner_).cname = {{std::move(target)}, ttl};
      return {};
    }
    constexpr std::pair<std::string_view, RecordType> kTypes[] = {
        {"A", RecordType::a},       {"AAAA", RecordType::aaaa}, {"MX", RecordType::mx},   {"PTR", RecordType::ptr},
        {"TLSA", RecordType::tlsa}, {"TXT", RecordType::txt},   {"SRV", RecordType::srv}, {"CAA", RecordType::caa}};
    auto const* found = std::ranges::find(kTypes, type, &std::pair<std::string_view, RecordType>::first);
    if (found == std::end(kTypes)) return wrong(quoted(type) + " is no type that is known here");
    TRY(Record data, data_of(found->second, words));
    zone_.make(owner_).records[found->second].push_back({std::move(data), ttl});
    return {};
  }

  Result<Record> data_of(RecordType type, Words words) const {
    switch (type) {
      case RecordType::a:
      case RecordType::aaaa:
        return address(type, words);
      case RecordType::mx:
        return mx(words);
      case RecordType::ptr: {
        if (words.size() != 1) return wrong("PTR has one name");
        TRY(std::string target, name(words[0]));
        return Ptr{std::move(target)};
      }
      case RecordType::tlsa:
        return tlsa(words);
      case RecordType::txt:
        return txt(words);
      case RecordType::srv:
        return srv(words);
      case RecordType::caa:
        return caa(words);
      case RecordType::cname:
        break;  // stands apart
    }
    std::unreachable();
  }

  Result<Record> address(RecordType type, Words words) const {
    auto const parsed = words.size() == 1 ? IpAddress::parse(words[0].text) : fail(Errc::syntax, "");
    if (!parsed || parsed->is_v4() != (type == RecordType::a))
      return wrong(type == RecordType::a ? "A has one IPv4 address" : "AAAA has one IPv6 address");
    return *parsed;
  }

  Result<Record> mx(Words words) const {
    auto const preference = words.size() == 2 ? small<std::uint16_t>(words[0]) : std::nullopt;
    if (!preference) return wrong("MX has a preference and a name");
    TRY(std::string exchange, name(words[1]));
    return Mx{*preference, std::move(exchange)};
  }

  Result<Record> srv(Words words) const {
    auto number = [&](std::size_t i) { return words.size() == 4 ? small<std::uint16_t>(words[i]) : std::nullopt; };
    auto const priority = number(0);
    auto const weight = number(1);
    auto const port = number(2);
    if (!priority || !weight || !port) return wrong("SRV has a priority, a weight, a port and a name");
    TRY(std::string target, name(words[3]));
    return Srv{*priority, *weight, *port, std::move(target)};
  }

  Result<Record> tlsa(Words words) const {
    if (words.size() < 4) return wrong("TLSA has three numbers and data");
    auto const usage = small<std::uint8_t>(words[0]);
    auto const selector = small<std::uint8_t>(words[1]);
    auto const matching = small<std::uint8_t>(words[2]);
    std::string hex;
    for (ZoneWord const& word : words.subspan(3)) hex += word.text;
    auto data = from_hex(to_lower(hex));
    if (!usage || !selector || !matching || !data) return wrong("TLSA has three numbers and data in hexadecimal");
    return Tlsa{*usage, *selector, *matching, *std::move(data)};
  }

  // RFC 8659 section 4.1.1
  Result<Record> caa(Words words) const {
    auto const flags = words.size() == 3 ? small<std::uint8_t>(words[0]) : std::nullopt;
    auto is_of_a_tag = [](char c) { return is_alpha(c) || is_digit(c); };
    if (!flags || words[1].text.empty() || !std::ranges::all_of(words[1].text, is_of_a_tag))
      return wrong("CAA has flags, a tag and a value");
    return Caa{*flags, to_lower(words[1].text), words[2].text};
  }

  Result<Record> txt(Words words) const {
    if (words.empty()) return wrong("TXT has at least one string");
    Txt out;
    for (ZoneWord const& word : words) {
      if (word.text.size() > 255) return wrong("a string of TXT has at most 255 bytes");
      out.text += word.text;
    }
    return out;
  }

  Zone zone_;
  std::size_t line_ = 0;
  std::string origin_;
  std::string owner_;
  bool has_owner_ = false;
  std::chrono::seconds ttl_{3600};
};

Result<Zone> Zone::parse(std::string_view text) {
  return ZoneReader().read(text);
}

Zone::Node& Zone::make(std::string_view name) {
  for (std::string_view above = name; !above.empty(); above = parent_of(above)) nodes_.try_emplace(std::string(above));
  return nodes_[std::string(name)];
}

Zone::Node const* Zone::find(std::string_view name) const {
  auto const found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : &found->second;
}

Zone::Node const* Zone::find_covering(std::string_view name) const {
  if (Node const* node = find(name)) return node;
  // The closest name above that exists; only a wildcard right below it counts.
  std::string_view above = parent_of(name);
  while (!above.empty() && find(above) == nullptr) above = parent_of(above);
  return find(above.empty() ? "*" : "*." + std::string(above));
}

bool Zone::is_secure(std::string_view name) const {
  for (;; name = parent_of(name)) {
    Node const* node = find(name);
    if (node != nullptr && node->secure) return true;
    if (name.empty()) return false;
  }
}

}  // namespace yubin::dns
