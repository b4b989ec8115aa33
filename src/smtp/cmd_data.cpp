// DATA and the data up to its end (RFC 5321 section 4.1.1.4).
#include <fmt/format.h>

#include "smtp/command.h"

namespace yubin::smtp {

Session::Step Session::on_data(std::string_view args) {
  if (!args.empty()) return Reply(501, {5, 5, 4}, "DATA takes no parameter");
  // RFC 2920 section 3.2: 354 only if a recipient was accepted; a client that pipelines relies on it.
  if (transaction_.recipient_count() == 0) return Reply(554, {5, 5, 1}, "No valid recipients");
  data_.emplace(options_->size_limit);
  phase_ = Phase::data;
  return Reply::plain(354, {"End data with <CR><LF>.<CR><LF>"});
}

std::optional<Session::Event> Session::data_step() {
  // A shutdown waits: the end of the data is near, and the client would have to send it all again.
  if (woken_ == WakeReason::deadline) {
    bool const dropped = data_->is_refused();
    data_.reset();
    transaction_.reset();
    phase_ = Phase::command;  // whose first step says good-bye
    if (dropped) return {};
    return DropBody{};
  }
  auto unit = data_->next(input_);
  if (auto* chunk = std::get_if<DataFramer::Chunk>(&unit)) return Body{chunk->bytes};
  if (std::holds_alternative<DataFramer::Fault>(unit)) return DropBody{};
  if (std::holds_alternative<Skipped>(unit)) return Yield{};
  if (std::holds_alternative<NeedMore>(unit)) return need_input();
  return data_ended(std::get<DataFramer::End>(unit));
}

// RFC 5321 section 4.1.1.4: the end of the data clears all buffers, whatever the answer will be.
std::optional<Session::Event> Session::data_ended(DataFramer::End const& end) {
  data_.reset();
  phase_ = Phase::command;
  if (!end.fault) {
    pending_ = MessagePending{};
    return AskMessage{transaction_.take(), end.size};
  }
  transaction_.reset();
  if (*end.fault == DataFramer::Fault::too_large) {
    // RFC 1870 section 6.3
    answer({552, {5, 3, 4}, fmt::format("Message is larger than {} octets", options_->size_limit)}, Sending::at_once);
  } else {
    // RFC 5321 section 2.3.8: CR and LF must not be sent except together. Repairing it would make a message that the
    // client never sent, and servers that did were used for smuggling. Status 5.6.11 is in no RFC (RFC 3463 section 3.7
    // has the subject, message content), but large sites answer with it, so a sender finds it explained.
    answer({550, {5, 6, 11}, "Message has a bare CR or LF; lines end in CR LF (RFC 5321 section 2.3.8)"},
           Sending::at_once);
  }
  return {};
}

Session::Sending Session::answered(MessagePending&, Reply const& reply) {
  if (reply.is_positive()) errors_ = 0;
  return Sending::at_once;
}

}  // namespace yubin::smtp
