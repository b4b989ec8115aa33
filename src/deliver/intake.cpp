#include "deliver/intake.h"

#include <utility>

namespace yubin::deliver {

Result<> Intake::work() {
  std::string piece = std::exchange(pending_, {});
  if (!state_) return state_;  // the message is lost: nothing of it is kept
  if (reader_) reader_->feed(piece);
  std::string bytes = header_.pass(std::move(piece));
  state_ = spool(rewriter_ ? rewriter_->pass(bytes) : bytes);
  return state_;
}

Result<> Intake::finish() {
  TRY_VOID(work());
  if (auto const reader = std::exchange(reader_, nullptr)) reader->finish();
  std::string bytes = header_.finish();
  if (rewriter_) bytes = rewriter_->pass(bytes) + rewriter_->finish();
  state_ = spool(bytes);
  return state_;
}

Result<> Intake::spool(std::string const& bytes) {
  if (!writer_) {
    TRY(writer_, store_.begin_body());
  }
  if (bytes.empty()) return {};
  TRY_VOID(writer_->append(bytes));
  parser_.feed(bytes);
  return {};
}

Intake::Sealed Intake::seal() {
  mime::Summary const summary = std::move(parser_).finish();
  return Sealed{writer_->seal(), mime::encode(summary), summary.envelope.message_id.value_or("")};
}

}  // namespace yubin::deliver
