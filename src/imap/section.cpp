#include "imap/section.h"

#include <algorithm>

#include "base/text.h"
#include "mime/header.h"

namespace yubin::imap {

using Text = Section::Text;

namespace {

bool picks_fields(Text text) {
  return text == Text::header_fields || text == Text::header_fields_not;
}

// The part's bytes in the whole message; the summary counts from the body's begin.
Extent extent(store::Card const& card, std::uint64_t begin, std::uint64_t end) {
  return {begin + card.prefix.size(), end - begin};
}

Extent message_header(store::Card const& card, mime::Part const& root) {
  return {0, card.prefix.size() + root.body_begin};
}

Result<std::string> read_all(store::Store const& store, store::Card const& card, Extent extent, std::size_t most) {
  constexpr std::size_t kSlice = 64 * 1024;
  std::string out;
  std::uint64_t left = std::min<std::uint64_t>(extent.length, most);
  while (left > 0) {
    auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kSlice));
    TRY(std::string bytes, store.read(card, extent.offset + out.size(), wanted));
    if (bytes.empty()) return fail(Errc::corrupt, "a message is shorter than its summary says");
    out += bytes;
    left -= bytes.size();
  }
  return out;
}

// RFC 9051 section 6.4.5.1: the fields as they are, in their order, and the delimiting blank line.
std::string pick_fields(std::string_view header, Section const& section) {
  mime::HeaderSection const fields = mime::HeaderSection::parse(header);
  std::string out;
  for (mime::FieldView const& field : fields) {
    bool named =
        std::ranges::any_of(section.fields, [&](std::string const& name) { return iequals(name, field.name); });
    if (named == (section.text == Text::header_fields)) out += field.raw;
  }
  return out + "\r\n";
}

bool summary_has_all(mime::Summary const& summary, Section const& section) {
  return summary.fields && section.part.empty() && section.text == Text::header_fields &&
         std::ranges::all_of(section.fields, [](std::string const& name) { return mime::is_common_field(name); });
}

// Sections of the whole message.
Extent of_message(store::Card const& card, mime::Part const& root, Text text) {
  switch (text) {
    case Text::header:
    case Text::header_fields:
    case Text::header_fields_not:
      return message_header(card, root);
    case Text::text:
      return extent(card, root.body_begin, root.end);
    case Text::everything:
    case Text::mime:  // has a part number by its grammar
      break;
  }
  return {0, card.prefix.size() + card.body.size};
}

// Sections of a part. HEADER and TEXT are those of a message inside, so other parts have none.
std::optional<Extent> of_part(store::Card const& card, mime::Part const& part, Text text) {
  if (text == Text::everything) return extent(card, part.body_begin, part.end);
  if (text == Text::mime) return extent(card, part.header_begin, part.body_begin);
  if (part.kind != mime::Part::Kind::message) return std::nullopt;
  mime::Part const& inside = part.children.front();
  if (text == Text::text) return extent(card, inside.body_begin, inside.end);
  return extent(card, inside.header_begin, inside.body_begin);
}

std::optional<Extent> find_extent(store::Card const& card, mime::Part const& root, Section const& section) {
  if (section.part.empty()) return of_message(card, root, section.text);
  mime::Part const* part = mime::find_part(root, section.part);
  if (part == nullptr) return std::nullopt;
  return of_part(card, *part, section.text);
}

}  // namespace

Result<SectionBytes> find_section(store::Store const& store, store::Card const& card, mime::Summary const& summary,
                                  Section const& section) {
  if (summary_has_all(summary, section)) return pick_fields(card.prefix + *summary.fields, section);
  std::optional<Extent> extent = find_extent(card, summary.root, section);
  if (!extent) return Absent{};
  if (!picks_fields(section.text)) return *extent;
  TRY(std::string header, read_all(store, card, *extent, mime::HeaderLimits{}.bytes));
  return pick_fields(header, section);
}

SectionBytes cut(SectionBytes bytes, std::optional<Partial> const& partial) {
  if (!partial) return bytes;
  if (auto* extent = std::get_if<Extent>(&bytes)) {
    std::uint64_t first = std::min(partial->first, extent->length);
    return Extent{extent->offset + first, std::min(partial->length, extent->length - first)};
  }
  if (auto* text = std::get_if<std::string>(&bytes)) {
    std::uint64_t first = std::min<std::uint64_t>(partial->first, text->size());
    return text->substr(static_cast<std::size_t>(first), static_cast<std::size_t>(partial->length));
  }
  return bytes;
}

Result<std::string> read_header(store::Store const& store, store::Card const& card, mime::Part const& root) {
  return read_all(store, card, message_header(card, root), mime::HeaderLimits{}.bytes);
}

Result<std::string> read_header_of(store::Store const& store, store::Card const& card, mime::Part const& part) {
  return read_all(store, card, extent(card, part.header_begin, part.body_begin), mime::HeaderLimits{}.bytes);
}

}  // namespace yubin::imap
