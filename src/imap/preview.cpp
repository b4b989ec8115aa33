#include "imap/preview.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/transfer.h"

namespace yubin::imap {

namespace {

constexpr std::size_t kRead = 8 * 1024;  // stored bytes of the part that are looked at

// Recursion is bounded by mime::kMaxDepth.
mime::Part const* find_text(mime::Part const& part, std::string_view subtype) {
  bool const is_leaf = part.kind == mime::Part::Kind::leaf;
  if (is_leaf && part.type == "text" && part.subtype == subtype && part.disposition.type != "attachment") return &part;
  if (part.kind == mime::Part::Kind::message) return nullptr;
  for (mime::Part const& child : part.children) {
    if (mime::Part const* found = find_text(child, subtype)) return found;
  }
  return nullptr;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The replies below what people wrote ("> …") say nothing new.
std::string without_quotes(std::string_view text) {
  std::string out;
  for (std::string_view line : split(text, '\n')) {
    if (line.starts_with('>')) continue;
    out += line;
    out += '\n';
  }
  return out;
}

// From behind "<style" or "<script" to its end.
std::size_t skip_element(std::string_view html, std::size_t at, std::string_view name) {
  std::string const end = "</" + std::string(name);
  for (; at < html.size(); ++at) {
    if (istarts_with(html.substr(at), end)) return at;
  }
  return html.size();
}

struct Entity {
  std::string_view name;
  std::string_view text;
};
constexpr std::array kEntities = {Entity{"&amp;", "&"},   Entity{"&lt;", "<"},  Entity{"&gt;", ">"},
                                  Entity{"&quot;", "\""}, Entity{"&#39;", "'"}, Entity{"&nbsp;", " "}};

// What stands at `at`, which moves behind it.
std::string_view entity(std::string_view html, std::size_t& at) {
  for (Entity const& known : kEntities) {
    if (!istarts_with(html.substr(at), known.name)) continue;
    at += known.name.size();
    return known.text;
  }
  return html.substr(at++, 1);
}

std::string without_tags(std::string_view html) {
  std::string out;
  for (std::size_t at = 0; at < html.size();) {
    if (html[at] == '&') {
      out += entity(html, at);
      continue;
    }
    if (html[at] != '<') {
      out += html[at++];
      continue;
    }
    std::string_view const tag = html.substr(at);
    for (std::string_view name : {"style", "script", "title"}) {
      if (istarts_with(tag.substr(1), name)) at = skip_element(html, at, name);
    }
    std::size_t const end = html.find('>', at);
    at = end == std::string_view::npos ? html.size() : end + 1;
    out += ' ';
  }
  return out;
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

}  // namespace

std::string preview_of(std::string_view utf8, Markup markup) {
  std::string const text = markup == Markup::html ? without_tags(utf8) : without_quotes(utf8);
  std::string out;
  std::size_t characters = 0;
  for (char c : text) {
    bool const blank = is_blank(c) || c == '\0';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    if (begins_character(c) && ++characters > kPreviewCharacters) break;
    out += blank ? ' ' : c;
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

Result<std::optional<std::string>> find_preview(store::Store const& store, store::Card const& card,
                                                mime::Summary const& summary) {
  mime::Part const* part = find_text(summary.root, "plain");
  if (part == nullptr) part = find_text(summary.root, "html");
  if (part == nullptr) return std::nullopt;
  auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(part->size(), kRead));
  TRY(std::string stored, store.read(card, card.prefix.size() + part->body_begin, wanted));
  std::string bytes;
  mime::TransferDecoder decoder(mime::transfer_encoding(part->encoding));
  decoder.decode(stored, bytes);
  // What was cut in the middle of a character is no character: only whole lines, if there are such.
  std::size_t const line_end = bytes.rfind('\n');
  if (wanted < part->size() && line_end != std::string::npos) bytes.resize(line_end);
  if (wanted == part->size()) decoder.finish(bytes);
  mime::Parameter const* charset = mime::find_parameter(part->parameters, "charset");
  mime::DecodedText const text = mime::decode_text(bytes, charset == nullptr ? std::string_view() : charset->value);
  return preview_of(text.text, part->subtype == "html" ? Markup::html : Markup::plain);
}

}  // namespace yubin::imap
