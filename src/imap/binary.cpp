#include "imap/binary.h"

#include <algorithm>

#include "base/format.h"
#include "imap/part_bytes.h"

namespace yubin::imap {

namespace {

// What the first reading tells.
struct Measure {
  std::uint64_t size = 0;
  bool has_nul = false;
};

Task<Result<Measure>> measure(Context& context, store::Card const& card, mime::Part const& part) {
  Measure measured;
  auto take = [&](std::string_view bytes) {
    measured.size += bytes.size();
    measured.has_nul = measured.has_nul || bytes.find('\0') != std::string_view::npos;
  };
  Result<> read = co_await read_decoded(context, card, part, take);
  if (!read) co_return std::unexpected(read.error());
  co_return measured;
}

// What may go out of bytes that come in pieces.
class Window {
 public:
  explicit Window(Partial piece) : skip_(piece.first), left_(piece.length) {}
  std::string_view of(std::string_view bytes) {
    auto const skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
    skip_ -= skipped;
    bytes = bytes.substr(skipped);
    bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    left_ -= bytes.size();
    return bytes;
  }

 private:
  std::uint64_t skip_;
  std::uint64_t left_;
};

// A literal that is only begun cannot be taken back: then the connection ends.
Task<Done> put_bytes(Context& context, store::Card const& card, mime::Part const& part, Measure measured,
                     std::optional<Partial> const& partial) {
  Partial piece = partial.value_or(Partial{0, measured.size});
  piece.first = std::min(piece.first, measured.size);
  piece.length = std::min(piece.length, measured.size - piece.first);
  // RFC 3516 section 4.2: NUL may stand in a literal8 only.
  if (measured.has_nul) context.out += '~';
  put_literal_head(context.out, piece.length);
  Window window(piece);
  Result<> read =
      co_await read_decoded(context, card, part, [&](std::string_view bytes) { context.out += window.of(bytes); });
  if (!read) context.cut_off();
  co_return Done{};
}

}  // namespace

Task<std::optional<Reply>> put_binary(Context& context, BodyItem const& item, store::Card const& card,
                                      mime::Summary const& summary) {
  mime::Part whole;
  mime::Part const* part = mime::find_part(summary.root, item.section.part);
  if (item.section.part.empty()) {
    // The message itself has no encoding; its prefix is part of it, so it begins before the body's first byte.
    whole.body_begin = 0 - card.prefix.size();
    whole.end = card.body.size;
    part = &whole;
  }
  bool const sized = item.form == BodyItem::Form::size;
  std::string_view const absent = sized ? "0" : "NIL";
  if (part == nullptr || !is_known_encoding(*part)) {
    context.out += absent;
    if (part == nullptr) co_return std::nullopt;
    co_return no("UNKNOWN-CTE", "The encoding of a part is not known.");
  }
  Result<Measure> measured = co_await measure(context, card, *part);
  if (!measured) {
    context.out += absent;
    co_return failure(measured.error());
  }
  if (sized) {
    append_format(context.out, "{}", measured->size);
  } else {
    co_await put_bytes(context, card, *part, *measured, item.partial);
  }
  co_return std::nullopt;
}

}  // namespace yubin::imap
