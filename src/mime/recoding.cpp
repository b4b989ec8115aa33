#include "mime/recoding.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "mime/header.h"

namespace yubin::mime {

namespace {

using Kind = Recoding::Piece::Kind;

constexpr std::size_t kHeaderLimit = 256 * 1024;
constexpr std::size_t kEncodedLine = 76;                   // RFC 2045 sections 6.7 and 6.8
constexpr std::size_t kBase64Line = kEncodedLine / 4 * 3;  // bytes
constexpr std::string_view kHex = "0123456789ABCDEF";

constexpr std::array<std::string_view, 3> kPlainEncodings = {"7bit", "8bit", "binary"};

bool is_plain(std::string_view encoding) {
  return encoding.empty() || std::ranges::find(kPlainEncodings, encoding) != kPlainEncodings.end();
}

bool is_known(std::string_view encoding) {
  return is_plain(encoding) || encoding == "base64" || encoding == "quoted-printable";
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

void LineScan::feed(std::string_view bytes) {
  bytes_ += bytes.size();
  for (char const c : bytes) {
    if ((static_cast<unsigned char>(c) & 0x80U) != 0) ++eight_bit_;
    if (c == '\n') {
      line_ = 0;
    } else {
      // The CR of a line end does not count; whether it is one is known a byte later.
      line_ += after_cr_ ? 1 : 0;
      line_ += c == '\r' ? 0 : 1;
      too_long_ = too_long_ || line_ > kLongestLine;
    }
    after_cr_ = c == '\r';
  }
}

Planner::Planner(Part const& root, Channel channel) : channel_(channel) {
  add(root, true, false);
}

void Planner::add(Part const& part, bool is_root, bool is_sealed) {
  std::size_t const index = parts_.size();
  parts_.push_back({.part = &part, .is_root = is_root, .is_sealed = is_sealed});
  segments_.push_back({part.header_begin, part.body_begin, index, true});
  if (part.kind == Part::Kind::leaf) segments_.push_back({part.body_begin, part.end, index, false});
  bool const seals = part.type == "multipart" && (part.subtype == "signed" || part.subtype == "encrypted");
  for (Part const& child : part.children) add(child, part.kind == Part::Kind::message, is_sealed || seals);
}

void Planner::feed(std::string_view bytes) {
  while (segment_ < segments_.size()) {
    Segment const& one = segments_[segment_];
    if (one.begin > offset_) {
      auto const skipped = std::min<std::uint64_t>(one.begin - offset_, bytes.size());
      bytes.remove_prefix(skipped);
      offset_ += skipped;
      if (offset_ < one.begin) return;
    }
    std::string_view const piece = bytes.substr(0, one.end - offset_);
    Found& found = parts_[one.part];
    if (!one.header) found.scan.feed(piece);
    if (one.header && header_.size() < kHeaderLimit) header_.append(piece);
    bytes.remove_prefix(piece.size());
    offset_ += piece.size();
    if (offset_ < one.end) return;
    if (one.header) read_header(found, one.begin);
    header_.clear();
    ++segment_;
  }
}

void Planner::read_header(Found& found, std::uint64_t begin) {
  HeaderSection const section = HeaderSection::parse(header_, {}, begin);
  if (auto const field = section.find_first("Content-Transfer-Encoding")) {
    found.encoding_begin = field->offset;
    found.encoding_end = field->offset + field->raw.size();
  }
  found.has_version = section.find_first("MIME-Version").has_value();
  found.has_type = section.find_first("Content-Type").has_value();
  std::string_view const text = header_;
  std::size_t const empty_line = text.ends_with("\r\n") ? 2 : text.ends_with('\n') ? 1 : 0;
  std::string_view const before = text.substr(0, text.size() - empty_line);
  // Without the empty line the fields end where the body begins, and a field put there would have one too few.
  found.insert_at = before.empty() || before.ends_with('\n') ? begin + before.size() : begin;
}

bool Planner::needs_change(Found const& found) const {
  return found.scan.too_long() || (channel_ == Channel::seven_bit && found.scan.eight_bit());
}

void Planner::relabel(Found const& found, std::string_view encoding, std::vector<Recoding::Piece>& pieces) const {
  std::string field = "Content-Transfer-Encoding: " + std::string(encoding) + "\r\n";
  if (found.encoding_end > found.encoding_begin) {
    pieces.push_back({.begin = found.encoding_begin, .end = found.encoding_end, .text = std::move(field)});
    return;
  }
  // RFC 1428 section 3: nobody said what the bytes mean.
  if (!found.has_type && found.scan.eight_bit()) field = "Content-Type: text/plain; charset=unknown-8bit\r\n" + field;
  if (found.is_root && !found.has_version) field = "MIME-Version: 1.0\r\n" + field;
  pieces.push_back({.begin = found.insert_at, .end = found.insert_at, .text = std::move(field)});
}

Result<> Planner::change(Found const& found, std::vector<Recoding::Piece>& pieces) const {
  Part const& part = *found.part;
  if (found.is_sealed) return fail(Errc::denied, "a part that is signed or encrypted cannot be encoded in another way");
  if (part.type == "message" || !is_known(part.encoding))
    return fail(Errc::denied, "a part of type " + part.type + "/" + part.subtype + " cannot be encoded in another way");
  // Text that is mostly ASCII stays readable.
  constexpr std::uint64_t kMostly = 3;
  bool const readable = part.type == "text" && found.scan.eight_bit_bytes() * kMostly < found.scan.bytes();
  bool const quoted = is_plain(part.encoding) ? readable : part.encoding == "quoted-printable";
  relabel(found, quoted ? "quoted-printable" : "base64", pieces);
  pieces.push_back({.begin = part.body_begin,
                    .end = part.end,
                    .kind = quoted ? Kind::quoted_printable : Kind::base64,
                    .decoded = transfer_encoding(part.encoding)});
  return {};
}

Result<Recoding> Planner::finish() && {
  Recoding out;
  for (Found const& found : parts_) {
    bool const says_more = channel_ == Channel::seven_bit && found.encoding_end > found.encoding_begin &&
                           (found.part->encoding == "8bit" || found.part->encoding == "binary");
    if (found.part->kind == Part::Kind::leaf && needs_change(found)) {
      TRY_VOID(change(found, out.pieces));
    } else if (says_more) {
      if (found.is_sealed) return fail(Errc::denied, "a signed part says that it may be 8-bit");
      relabel(found, "7bit", out.pieces);
    }
  }
  std::ranges::sort(out.pieces, {}, [](Recoding::Piece const& one) { return std::pair(one.begin, one.end); });
  return out;
}

void Recoder::feed(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    if (piece_ == recoding_.pieces.size()) {
      out.append(bytes);
      return;
    }
    Recoding::Piece const& piece = recoding_.pieces[piece_];
    if (offset_ < piece.begin) {
      std::string_view const copied = bytes.substr(0, piece.begin - offset_);
      out.append(copied);
      bytes.remove_prefix(copied.size());
      offset_ += copied.size();
      continue;
    }
    if (!in_piece_) begin_piece(out);
    std::string_view const changed = bytes.substr(0, piece.end - offset_);
    if (piece.kind != Kind::text) {
      std::string decoded;
      decoder_.decode(changed, decoded);
      encode(decoded, out);
    }
    bytes.remove_prefix(changed.size());
    offset_ += changed.size();
    if (offset_ == piece.end) end_piece(out);
  }
}

void Recoder::finish(std::string& out) {
  while (piece_ < recoding_.pieces.size()) {
    if (!in_piece_) begin_piece(out);
    end_piece(out);
  }
}

void Recoder::begin_piece(std::string& out) {
  Recoding::Piece const& piece = recoding_.pieces[piece_];
  in_piece_ = true;
  column_ = 0;
  held_.clear();
  decoder_ = TransferDecoder(piece.decoded);
  out.append(piece.text);
}

void Recoder::end_piece(std::string& out) {
  Kind const kind = recoding_.pieces[piece_].kind;
  if (kind != Kind::text) {
    std::string decoded;
    decoder_.finish(decoded);
    encode(decoded, out);
  }
  if (kind == Kind::base64) out += encode_base64_body(held_);
  if (kind == Kind::quoted_printable)
    for (char const c : held_) put_quoted(c, false, out);
  held_.clear();
  in_piece_ = false;
  ++piece_;
}

void Recoder::encode(std::string_view bytes, std::string& out) {
  if (recoding_.pieces[piece_].kind == Kind::quoted_printable) {
    for (char const c : bytes) quoted_printable(c, out);
    return;
  }
  held_.append(bytes);
  std::size_t const whole = held_.size() / kBase64Line * kBase64Line;
  if (whole == 0) return;
  out += encode_base64_body(std::string_view(held_).substr(0, whole));
  held_.erase(0, whole);
}

// RFC 2045 section 6.7. Held back is what means something else before a line end.
void Recoder::quoted_printable(char c, std::string& out) {
  if (c == '\n') {
    if (!held_.empty() && is_blank(held_.front())) put_quoted(held_.front(), false, out);
    held_.clear();
    out += "\r\n";
    column_ = 0;
    return;
  }
  if (c == '\r' && held_.size() == 1 && is_blank(held_.front())) {
    held_ += c;
    return;
  }
  for (char const before : std::exchange(held_, {})) put_quoted(before, is_blank(before), out);
  if (is_blank(c) || c == '\r') {
    held_ = c;
    return;
  }
  put_quoted(c, c > ' ' && c < 0x7f && c != '=', out);
}

void Recoder::put_quoted(char c, bool plain, std::string& out) {
  std::size_t const width = plain ? 1 : 3;
  // One column is left for the "=" of a soft line break.
  if (column_ + width > kEncodedLine - 1) {
    out += "=\r\n";
    column_ = 0;
  }
  column_ += width;
  if (plain) {
    out += c;
    return;
  }
  auto const byte = static_cast<unsigned char>(c);
  out += {'=', kHex[byte >> 4U], kHex[byte & 0xfU]};
}

}  // namespace yubin::mime
