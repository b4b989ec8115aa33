#include "mime/thread.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "mime/encoded_word.h"
#include "mime/fold.h"
#include "mime/header.h"

namespace yubin::mime {

namespace {

constexpr auto kNotFound = std::string_view::npos;

// As folding leaves them. RFC 5256 has the first three.
constexpr auto kPrefixes = std::to_array<std::string_view>(
    {"re",  "fw", "fwd", "aw",  "wg",   "sv",   "vs",   "vb",   "antw", "doorst", "tr",   "rv",   "res", "enc",
     "odp", "pd", "ynt", "ilt", "返信", "転送", "회신", "전달", "回复", "回覆",   "答复", "转发", "轉寄"});

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string without_space(std::string text) {
  std::erase_if(text, is_space);
  return text;
}

// ---- subjects; there is no white space in them any more

// Where the blobs that stand at `at` end, and where the last of them begins.
// subj-blob = "[" *BLOBCHAR "]" *WSP
struct Blobs {
  std::size_t last;
  std::size_t end;
};
Blobs skip_blobs(std::string_view text, std::size_t at) {
  Blobs blobs{at, at};
  while (blobs.end < text.size() && text[blobs.end] == '[') {
    std::size_t const close = text.find_first_of("[]", blobs.end + 1);
    if (close == kNotFound || text[close] == '[') break;
    blobs = {blobs.end, close + 1};
  }
  return blobs;
}

// subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
// Where that ends.
std::optional<std::size_t> skip_refwd(std::string_view text, std::size_t at) {
  std::string_view const rest = text.substr(at);
  for (std::string_view prefix : kPrefixes) {
    if (!rest.starts_with(prefix)) continue;
    std::size_t end = at + prefix.size();
    if (end < text.size() && text[end] == '^') ++end;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end < text.size() && text[end] == '[') {
      std::size_t const close = text.find_first_of("[]", end + 1);
      if (close == kNotFound || text[close] == '[') continue;
      end = close + 1;
    }
    if (end < text.size() && text[end] == ':') return end + 1;
  }
  return std::nullopt;
}

// Steps 3 to 5. Blobs go with the "re:" that follows them, and else as long as something stays.
std::string_view without_leaders(std::string_view text) {
  for (;;) {
    Blobs const blobs = skip_blobs(text, 0);
    if (auto const end = skip_refwd(text, blobs.end)) {
      text.remove_prefix(*end);
      continue;
    }
    text.remove_prefix(blobs.end < text.size() ? blobs.end : blobs.last);
    return text;
  }
}

// subj-trailer = "(fwd)" / WSP
std::string_view without_trailers(std::string_view text) {
  constexpr std::string_view kForwarded = "(fwd)";
  while (text.ends_with(kForwarded)) text.remove_suffix(kForwarded.size());
  return text;
}

// ---- message ids

// Calls take(id) for each "<id>" of the value, without what stands around and between them.
template <class Take>
void for_each_id(std::string_view value, Take take) {
  for (std::size_t open = value.find('<'); open != kNotFound; open = value.find('<', open)) {
    ++open;
    std::size_t const close = value.find_first_of("<>", open);
    if (close == kNotFound) return;
    if (value[close] == '>' && close > open) take(value.substr(open, close - open));
    open = close;
  }
}

// Where an id may stand, it does; some write it without brackets.
std::string first_id(HeaderSection const& header, std::string_view name) {
  auto const field = header.find_first(name);
  if (!field) return {};
  std::string const value = field->value();
  std::optional<std::string_view> first;
  for_each_id(value, [&](std::string_view id) {
    if (!first) first = id;
  });
  if (!first && value.find_first_of("<> ") == kNotFound) first = value;
  return without_space(std::string(first.value_or("")));
}

struct References {
  std::string first;
  std::string last;
  std::string last_but_one;
};
References read_references(HeaderSection const& header) {
  References ids;
  auto const field = header.find_first("References");
  if (!field) return ids;
  std::string const value = field->value();
  std::string_view first;
  std::string_view last;
  std::string_view last_but_one;
  for_each_id(value, [&](std::string_view id) {
    if (first.empty()) first = id;
    last_but_one = last;
    last = id;
  });
  return {without_space(std::string(first)), without_space(std::string(last)),
          without_space(std::string(last_but_one))};
}

std::uint64_t subject_hash(HeaderSection const& header) {
  auto const field = header.find_first("Subject");
  std::string const subject = field ? thread_subject(decode_header(field->value()).text) : "";
  return XXH3_64bits(subject.data(), subject.size());
}

}  // namespace

std::string thread_subject(std::string_view utf8) {
  constexpr std::string_view kForward = "[fwd:";  // subj-fwd = subj-fwd-hdr subject subj-fwd-trl
  std::string const text = without_space(fold_text(utf8));
  std::string_view base = text;
  for (;;) {
    base = without_leaders(without_trailers(base));
    if (!base.starts_with(kForward) || !base.ends_with(']')) return std::string(base);
    base = base.substr(kForward.size(), base.size() - kForward.size() - 1);
  }
}

std::vector<std::uint64_t> thread_keys(HeaderSection const& header) {
  References const references = read_references(header);
  std::string const ids[] = {first_id(header, "Message-ID"), references.last, first_id(header, "In-Reply-To"),
                             references.first, references.last_but_one};
  std::vector<std::uint64_t> keys;
  std::optional<std::uint64_t> subject;
  for (std::string const& id : ids) {
    if (id.empty() || keys.size() == kMaxThreadKeys) continue;
    if (!subject) subject = subject_hash(header);
    std::uint64_t const key = XXH3_64bits_withSeed(id.data(), id.size(), *subject);
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

}  // namespace yubin::mime
