#include "imap/search_text.h"

#include <algorithm>

#include "imap/section.h"
#include "mime/charset.h"
#include "mime/encoded_word.h"
#include "mime/parameter.h"
#include "mime/transfer.h"

namespace yubin::imap {

namespace {

constexpr std::size_t kRead = 32 * 1024;      // stored bytes at a time
constexpr std::size_t kMaxLine = 256 * 1024;  // decoded bytes without a line end that are kept together

// Decoded text of one part as it is read. Charsets are decoded line by line, since no shift state outlives a line
// (RFC 1468).
class PartText {
 public:
  explicit PartText(mime::Part const& part) : decoder_(mime::transfer_encoding(part.encoding)) {
    mime::Parameter const* charset = mime::find_parameter(part.parameters, "charset");
    if (charset != nullptr) charset_ = charset->value;
  }

  // The folded text that has become complete.
  std::string add(std::string_view stored, bool last) {
    decoder_.decode(stored, bytes_);
    if (last) decoder_.finish(bytes_);
    std::size_t const line_end = bytes_.rfind('\n') + 1;  // 0 if there is none
    std::size_t const ready = last || bytes_.size() - line_end > kMaxLine ? bytes_.size() : line_end;
    std::string text =
        joiner_.add(mime::fold_text(mime::decode_text(std::string_view(bytes_).substr(0, ready), charset_).text));
    if (last) text += joiner_.finish();
    bytes_.erase(0, ready);
    return text;
  }

 private:
  mime::TransferDecoder decoder_;
  std::string charset_;
  std::string bytes_;  // decoded, without its line's end
  LineJoiner joiner_;
};

bool names_contain(Needle const& needle, mime::Part const& part) {
  std::optional<mime::DecodedText> const name = mime::decode_file_name(part);
  return (name && needle.in(name->text)) ||
         std::ranges::any_of(part.children, [&](mime::Part const& child) { return names_contain(needle, child); });
}

// Parts with text, in their order. Recursion is bounded by mime::kMaxDepth.
void collect(mime::Part const& part, std::vector<mime::Part const*>& out) {
  bool const is_text = part.kind == mime::Part::Kind::leaf && part.type == "text";
  if (is_text || part.kind == mime::Part::Kind::message) out.push_back(&part);
  for (mime::Part const& child : part.children) collect(child, out);
}

Task<Result<bool>> text_contains(Context& context, Needle const& needle, store::Card const& card,
                                 mime::Part const& part) {
  PartText text(part);
  std::string window;  // with the end of what was looked through, so that a text across the border is found
  std::uint64_t offset = card.prefix.size() + part.body_begin;
  std::uint64_t left = part.size();
  while (left > 0) {
    auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kRead));
    Result<std::string> bytes = context.services.store.read(card, offset, wanted);
    if (!bytes) co_return std::unexpected(bytes.error());
    if (bytes->size() != wanted) co_return fail(Errc::corrupt, "a message is shorter than its summary says");
    offset += wanted;
    left -= wanted;
    window += text.add(*bytes, left == 0);
    if (needle.in_folded(window)) co_return true;
    window.erase(0, window.size() - std::min(window.size(), needle.size()));
    co_await context.pause();
  }
  co_return false;
}

Result<bool> inner_header_contains(Context const& context, Needle const& needle, store::Card const& card,
                                   mime::Part const& message) {
  mime::Part const& inside = message.children.front();
  TRY(std::string header, read_header_of(context.services.store, card, inside));
  return header_contains(needle, header);
}

}  // namespace

bool field_contains(Needle const& needle, mime::FieldView const& field) {
  return needle.in(mime::decode_header(field.value()).text);
}

bool header_contains(Needle const& needle, std::string_view header) {
  mime::HeaderSection const section = mime::HeaderSection::parse(header);
  for (mime::FieldView const& field : section) {
    if (needle.in(std::string(field.name) + ": " + mime::decode_header(field.value()).text)) return true;
  }
  return false;
}

Task<Result<bool>> body_contains(Context& context, Needle const& needle, store::Card const& card,
                                 mime::Part const& root) {
  if (needle.size() == 0 || names_contain(needle, root)) co_return true;
  std::vector<mime::Part const*> parts;
  collect(root, parts);
  for (mime::Part const* part : parts) {
    Result<bool> found = false;
    if (part->kind == mime::Part::Kind::message) {
      found = inner_header_contains(context, needle, card, *part);
    } else {
      found = co_await text_contains(context, needle, card, *part);
    }
    if (!found || *found) co_return found;
  }
  co_return false;
}

}  // namespace yubin::imap
