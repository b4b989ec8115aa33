#include "deliver/intake.h"

#include <utility>

namespace yubin::deliver {

Result<> Intake::work() {
  if (!state_) return state_;
  std::string piece = std::exchange(pending_, {});
  auto spool = [&]() -> Result<> {
    if (!writer_) {
      TRY(writer_, store_.begin_body());
    }
    return writer_->append(piece);
  };
  state_ = spool();
  if (state_) parser_.feed(piece);
  return state_;
}

Result<Intake::Finished> Intake::finish() {
  TRY_VOID(work());
  mime::Summary const summary = std::move(parser_).finish();
  return Finished{writer_->seal(), mime::encode(summary), summary.envelope.message_id.value_or("")};
}

}  // namespace yubin::deliver
