#include "deliver/outgoing_body.h"

#include <algorithm>

#include "mime/message_parser.h"

namespace yubin::deliver {

namespace {

constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

Result<std::string> OutgoingBody::read(std::uint64_t offset, std::size_t at_most) const {
  if (offset < prefix_.size()) return prefix_.substr(offset, at_most);
  TRY(std::string bytes, bodies_.read(body_.id, offset - prefix_.size(), at_most));
  if (bytes.empty() && offset < raw_size_) return fail(Errc::corrupt, "the message is shorter than it was");
  return bytes;
}

template <class Fn>
Result<> OutgoingBody::each_piece(Fn fn) const {
  for (std::uint64_t offset = 0; offset < raw_size_;) {
    TRY(std::string const bytes, read(offset, kPiece));
    fn(bytes);
    offset += bytes.size();
  }
  return {};
}

Result<> OutgoingBody::prepare(bool eight_bit) {
  mime::LineScan scan;
  TRY_VOID(each_piece([&](std::string const& bytes) { scan.feed(bytes); }));
  seven_bit_ = !scan.eight_bit();
  if (!scan.too_long() && (eight_bit || seven_bit_)) return {};
  mime::MessageParser parser;
  TRY_VOID(each_piece([&](std::string const& bytes) { parser.feed(bytes); }));
  mime::Summary const summary = std::move(parser).finish();
  mime::Planner planner(summary.root,
                        eight_bit ? mime::Planner::Channel::eight_bit : mime::Planner::Channel::seven_bit);
  TRY_VOID(each_piece([&](std::string const& bytes) { planner.feed(bytes); }));
  Result<mime::Recoding> recoding = std::move(planner).finish();
  // What is signed goes as it is, if it may.
  if (!recoding && eight_bit) return {};
  if (!recoding) return std::unexpected(recoding.error());
  // Bytes that are left in header fields were wrong before, and pass or not as they would from anybody.
  seven_bit_ = seven_bit_ || !eight_bit;
  if (recoding->pieces.empty()) return {};
  form_ = eight_bit ? Form::for_eight_bit : Form::for_seven_bit;
  recoding_ = *std::move(recoding);
  recoder_.emplace(*recoding_);
  size_ = raw_size_ + raw_size_ / 2;
  return {};
}

Result<std::string> OutgoingBody::beginning(std::size_t at_most) const {
  std::string out;
  while (out.size() < at_most && out.size() < raw_size_) {
    TRY(std::string const bytes, read(out.size(), std::min(kPiece, at_most - out.size())));
    out += bytes;
  }
  return out;
}

Result<> OutgoingBody::read_through(std::function<void(std::string_view)> const& take) const {
  std::optional<mime::Recoder> recoder;
  if (recoding_) recoder.emplace(*recoding_);
  std::string changed;
  TRY_VOID(each_piece([&](std::string const& bytes) {
    if (!recoder) return take(bytes);
    changed.clear();
    recoder->feed(bytes, changed);
    take(changed);
  }));
  if (!recoder) return {};
  changed.clear();
  recoder->finish(changed);
  take(changed);
  return {};
}

void OutgoingBody::put_before(std::string fields) {
  size_ += fields.size();
  before_ = std::move(fields);
}

Result<OutgoingBody::Piece> OutgoingBody::next(std::size_t at_most) {
  if (!before_.empty()) {
    std::string bytes = before_.substr(0, at_most);
    before_.erase(0, bytes.size());
    return Piece{std::move(bytes), false};
  }
  if (!recoder_) {
    TRY(std::string bytes, read(position_, at_most));
    position_ += bytes.size();
    return Piece{std::move(bytes), position_ >= raw_size_};
  }
  while (ready_.size() < at_most && position_ < raw_size_) {
    TRY(std::string const bytes, read(position_, at_most));
    position_ += bytes.size();
    recoder_->feed(bytes, ready_);
    if (position_ == raw_size_) recoder_->finish(ready_);
  }
  std::string bytes = ready_.substr(0, at_most);
  ready_.erase(0, bytes.size());
  return Piece{std::move(bytes), ready_.empty() && position_ >= raw_size_};
}

}  // namespace yubin::deliver
