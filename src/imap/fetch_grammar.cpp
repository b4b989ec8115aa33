#include "imap/fetch_grammar.h"

#include <algorithm>

#include "base/format.h"
#include "imap/response.h"

namespace yubin::imap {

namespace {

constexpr std::size_t kMaxBodyItems = 100;    // of one FETCH
constexpr std::size_t kMaxHeaderNames = 200;  // of one section
constexpr std::size_t kMaxPartDepth = 100;    // numbers in "1.2.3"

// header-list = "(" header-fld-name *(SP header-fld-name) ")"
Result<std::vector<std::string>> header_list(Cursor& cursor) {
  std::vector<std::string> names;
  TRY_VOID(expect(cursor, "(", "The ( of the header field names"));
  do {
    if (names.size() == kMaxHeaderNames) return fail(Errc::limit, "There are more than 200 header field names");
    TRY(std::string name, astring(cursor));
    names.push_back(std::move(name));
  } while (cursor.skip(" "));
  TRY_VOID(expect(cursor, ")", "The ) of the header field names"));
  return names;
}

// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT" section-text = section-msgtext / "MIME"
Result<> section_text(Cursor& cursor, Section& section) {
  if (cursor.skip("HEADER.FIELDS")) {
    section.text = cursor.skip(".NOT") ? Section::Text::header_fields_not : Section::Text::header_fields;
    TRY_VOID(space(cursor));
    TRY(section.fields, header_list(cursor));
  } else if (cursor.skip("HEADER")) {
    section.text = Section::Text::header;
  } else if (cursor.skip("TEXT")) {
    section.text = Section::Text::text;
  } else if (!section.part.empty() && cursor.skip("MIME")) {
    section.text = Section::Text::mime;
  } else {
    return fail(Errc::syntax, "There is no such section");
  }
  return {};
}

// section = "[" [section-spec] "]"; section-spec = section-msgtext / (section-part ["." section-text])
Result<Section> section(Cursor& cursor) {
  Section section;
  TRY_VOID(expect(cursor, "[", "The [ of the section"));
  if (cursor.skip("]")) return section;
  if (!is_digit(cursor.peek())) {
    TRY_VOID(section_text(cursor, section));
  } else {
    do {
      if (!is_digit(cursor.peek())) {
        TRY_VOID(section_text(cursor, section));
        break;
      }
      if (section.part.size() == kMaxPartDepth) return fail(Errc::limit, "The part number is too deep");
      TRY(std::uint32_t number, nz_number(cursor));
      section.part.push_back(number);
    } while (cursor.skip("."));
  }
  TRY_VOID(expect(cursor, "]", "The ] of the section"));
  return section;
}

// partial = "<" number64 "." nz-number64 ">"
Result<std::optional<Partial>> partial(Cursor& cursor) {
  if (!cursor.skip("<")) return std::nullopt;
  Partial partial{};
  TRY(partial.first, number64(cursor));
  TRY_VOID(expect(cursor, ".", "The . of the partial"));
  TRY(partial.length, number64(cursor));
  if (partial.length == 0) return fail(Errc::syntax, "A partial of length 0 is nothing");
  TRY_VOID(expect(cursor, ">", "The > of the partial"));
  return partial;
}

std::string_view text_name(Section::Text text) {
  switch (text) {
    case Section::Text::everything:
      return "";
    case Section::Text::header:
      return "HEADER";
    case Section::Text::header_fields:
      return "HEADER.FIELDS";
    case Section::Text::header_fields_not:
      return "HEADER.FIELDS.NOT";
    case Section::Text::text:
      return "TEXT";
    case Section::Text::mime:
      return "MIME";
  }
  return "";
}

// RFC 9051 section 7.5.2, BODY[<section>]<<origin octet>>.
std::string label_of(std::string_view begin, Section const& section, std::optional<Partial> const& partial) {
  std::string out(begin);
  std::string_view separator;
  for (std::uint32_t number : section.part) {
    append_format(out, "{}{}", separator, number);
    separator = ".";
  }
  if (section.text != Section::Text::everything) out += separator;
  out += text_name(section.text);
  separator = " (";
  for (std::string const& name : section.fields) {
    out += separator;
    put_astring(out, name);
    separator = " ";
  }
  if (!section.fields.empty()) out += ')';
  out += ']';
  if (partial) append_format(out, "<{}>", partial->first);
  return out;
}

// section-binary = "[" [section-part] "]"
Result<> binary_item(Cursor& cursor, FetchItems& items) {
  BodyItem item;
  bool const size = cursor.skip(".SIZE");
  bool const peek = !size && cursor.skip(".PEEK");
  item.form = size ? BodyItem::Form::size : BodyItem::Form::decoded;
  item.marks = size || peek ? Marks::nothing : Marks::seen;
  TRY(item.section, section(cursor));
  if (item.section.text != Section::Text::everything) return fail(Errc::syntax, "BINARY takes a part's number only");
  if (!size) {
    TRY(item.partial, partial(cursor));
  }
  item.label = label_of(size ? "BINARY.SIZE[" : "BINARY[", item.section, item.partial);
  items.bodies.push_back(std::move(item));
  return {};
}

Result<> body_item(Cursor& cursor, Marks marks, FetchItems& items) {
  BodyItem item;
  item.marks = marks;
  TRY(item.section, section(cursor));
  TRY(item.partial, partial(cursor));
  item.label = label_of("BODY[", item.section, item.partial);
  items.bodies.push_back(std::move(item));
  return {};
}

// RFC 9051 appendix E: RFC822, RFC822.HEADER and RFC822.TEXT are BODY[], BODY.PEEK[HEADER] and BODY[TEXT].
void rfc822_item(Cursor& cursor, FetchItems& items) {
  if (cursor.skip(".SIZE")) {
    items.size = true;
  } else if (cursor.skip(".HEADER")) {
    items.bodies.push_back(
        {"RFC822.HEADER", {{}, Section::Text::header, {}}, std::nullopt, Marks::nothing, BodyItem::Form::raw});
  } else if (cursor.skip(".TEXT")) {
    items.bodies.push_back(
        {"RFC822.TEXT", {{}, Section::Text::text, {}}, std::nullopt, Marks::seen, BodyItem::Form::raw});
  } else {
    items.bodies.push_back({"RFC822", {}, std::nullopt, Marks::seen, BodyItem::Form::raw});
  }
}

Result<> fetch_att(Cursor& cursor, FetchItems& items) {
  if (items.bodies.size() == kMaxBodyItems) return fail(Errc::limit, "There are more than 100 body items");
  if (cursor.skip("BINARY")) return binary_item(cursor, items);
  if (cursor.skip("BODY.PEEK")) return body_item(cursor, Marks::nothing, items);
  if (cursor.skip("BODYSTRUCTURE")) {
    items.body_structure = true;
  } else if (cursor.skip("BODY")) {
    if (cursor.peek() == '[') return body_item(cursor, Marks::seen, items);
    items.body = true;
  } else if (cursor.skip("RFC822")) {
    rfc822_item(cursor, items);
  } else if (cursor.skip("ENVELOPE")) {
    items.envelope = true;
  } else if (cursor.skip("FLAGS")) {
    items.flags = true;
  } else if (cursor.skip("INTERNALDATE")) {
    items.internal_date = true;
  } else if (cursor.skip("MODSEQ")) {
    items.mod_seq = true;
  } else if (cursor.skip("EMAILID")) {
    items.email_id = true;
  } else if (cursor.skip("THREADID")) {
    items.thread_id = true;
  } else if (cursor.skip("SAVEDATE")) {
    items.save_date = true;
  } else if (cursor.skip("PREVIEW")) {
    items.preview = true;
    // RFC 8970 section 3.1: LAZY permits NIL where the text takes time; here it takes one read.
    cursor.skip(" (LAZY)");
  } else if (cursor.skip("UID")) {
    items.uid = true;
  } else {
    return fail(Errc::syntax, "There is no such fetch item");
  }
  return {};
}

// fetch-modifier
Result<> fetch_modifier(Cursor& cursor, FetchArguments& arguments) {
  if (cursor.skip("VANISHED")) {
    arguments.vanished = true;
    return {};
  }
  if (cursor.skip("PARTIAL ")) {
    TRY(arguments.window, partial_range(cursor));
    return {};
  }
  TRY_VOID(expect(cursor, "CHANGEDSINCE ", "A modifier that we know"));
  TRY(arguments.changed_since, mod_sequence(cursor));
  arguments.items.mod_seq = true;
  return {};
}

// fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")"
Result<> fetch_modifiers(Cursor& cursor, FetchArguments& arguments) {
  TRY_VOID(expect(cursor, " (", "The ( of the modifiers"));
  do {
    TRY_VOID(fetch_modifier(cursor, arguments));
  } while (cursor.skip(" "));
  // RFC 7162 section 3.2.6: VANISHED only beside CHANGEDSINCE.
  if (arguments.vanished && !arguments.changed_since) return fail(Errc::syntax, "VANISHED needs CHANGEDSINCE");
  return expect(cursor, ")", "The ) of the modifiers");
}

// Macros stand alone, never in a list.
bool macro(Cursor& cursor, FetchItems& items) {
  bool full = cursor.skip("FULL");
  bool all = full || cursor.skip("ALL");
  bool fast = all || cursor.skip("FAST");
  if (!fast) return false;
  items.flags = items.internal_date = items.size = true;
  items.envelope = all;
  items.body = full;
  return true;
}

}  // namespace

bool FetchItems::need_bytes() const {
  return std::ranges::any_of(bodies, [](BodyItem const& item) {
    bool const bytes = item.section.text == Section::Text::everything || item.section.text == Section::Text::text;
    return item.form == BodyItem::Form::raw && bytes;
  });
}

bool FetchItems::need_summary() const {
  auto is_whole = [](BodyItem const& item) {
    return item.form == BodyItem::Form::raw && item.section.part.empty() &&
           item.section.text == Section::Text::everything;
  };
  return envelope || body || body_structure || preview || !std::ranges::all_of(bodies, is_whole);
}

bool FetchItems::marks_seen() const {
  return std::ranges::any_of(bodies, [](BodyItem const& item) { return item.marks == Marks::seen; });
}

Result<FetchArguments> fetch_arguments(Cursor& cursor) {
  FetchArguments arguments;
  TRY_VOID(space(cursor));
  TRY(arguments.set, sequence_set(cursor));
  TRY_VOID(space(cursor));
  if (cursor.skip("(")) {
    do {
      TRY_VOID(fetch_att(cursor, arguments.items));
    } while (cursor.skip(" "));
    TRY_VOID(expect(cursor, ")", "The ) of the fetch items"));
  } else if (!macro(cursor, arguments.items)) {
    TRY_VOID(fetch_att(cursor, arguments.items));
  }
  if (!cursor.at_end()) TRY_VOID(fetch_modifiers(cursor, arguments));
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

}  // namespace yubin::imap
