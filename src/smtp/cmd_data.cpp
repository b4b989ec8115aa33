// DATA and the data up to its end (RFC 5321 section 4.1.1.4).
#include <fmt/format.h>

#include "base/assert.h"
#include "smtp/command.h"

namespace yubin::smtp {

Session::Step Session::on_data(std::string_view args) {
  if (!args.empty()) return Reply(501, {5, 5, 4}, "DATA takes no parameter");
  if (transaction_.recipient_count() == 0) return no_recipients();
  // RFC 3030 section 3: binary data has no lines, so no line can end it.
  if (transaction_.parameters().body == BodyType::binary_mime)
    return Reply(503, {5, 5, 1}, "BODY=BINARYMIME is sent with BDAT");
  data_.emplace(options_->size_limit);
  phase_ = Phase::data;
  return Reply::plain(354, {"End data with <CR><LF>.<CR><LF>"});
}

// RFC 2920 section 3.2: 354 only if a recipient was accepted; a client that pipelines relies on it.
// RFC 2033 section 4.2: LMTP says 503.
Reply Session::no_recipients() const {
  return {is_lmtp() ? 503 : 554, {5, 5, 1}, "No valid recipients"};
}

std::optional<Session::Event> Session::data_step() {
  // A shutdown waits: the end of the data is near, and the client would have to send it all again.
  if (woken_ == WakeReason::deadline) {
    data_.reset();
    end_transaction();
    phase_ = Phase::command;  // whose first step says good-bye
    return {};
  }
  auto unit = data_->next(input_);
  if (auto* chunk = std::get_if<DataFramer::Chunk>(&unit)) {
    body_passed_ = true;
    return Body{chunk->bytes};
  }
  if (std::holds_alternative<DataFramer::Fault>(unit)) {
    body_passed_ = false;
    return DropBody{};
  }
  if (std::holds_alternative<Skipped>(unit)) return Yield{};
  if (std::holds_alternative<NeedMore>(unit)) return need_input();
  return data_ended(std::get<DataFramer::End>(unit));
}

// RFC 5321 section 4.1.1.4: the end of the data clears all buffers, whatever the answer will be.
std::optional<Session::Event> Session::data_ended(DataFramer::End const& end) {
  data_.reset();
  phase_ = Phase::command;
  if (!end.fault) return ask_message(end.size);
  std::size_t const replies = is_lmtp() ? transaction_.recipient_count() : 1;
  end_transaction();
  if (*end.fault == DataFramer::Fault::too_large) {
    // RFC 1870 section 6.3
    answer_each({552, {5, 3, 4}, fmt::format("Message is larger than {} octets", options_->size_limit)}, replies);
  } else {
    // RFC 5321 section 2.3.8: CR and LF must not be sent except together. Repairing it would make a message that the
    // client never sent, and servers that did were used for smuggling. Status 5.6.11 is in no RFC (RFC 3463 section 3.7
    // has the subject, message content), but large sites answer with it, so a sender finds it explained.
    answer_each({550, {5, 6, 11}, "Message has a bare CR or LF; lines end in CR LF (RFC 5321 section 2.3.8)"}, replies);
  }
  return {};
}

Session::Event Session::ask_message(std::uint64_t size) {
  body_passed_ = false;
  pending_ = MessagePending{transaction_.recipient_count()};
  return AskMessage{transaction_.take(), size};
}

// RFC 2033 section 4.2: in LMTP each accepted recipient gets a reply, in the order of the RCPT commands.
void Session::answered(MessagePending& question, Answer& given) {
  if (auto const* replies = std::get_if<std::vector<Reply>>(&given)) {
    YUBIN_ASSERT(is_lmtp() && replies->size() == question.recipients);
    for (Reply const& reply : *replies) {
      if (reply.is_positive()) errors_ = 0;
      answer_each(reply, 1);
    }
    return;
  }
  Reply const& reply = std::get<Reply>(given);
  if (reply.is_positive()) errors_ = 0;
  answer_each(reply, is_lmtp() ? question.recipients : 1);
}

}  // namespace yubin::smtp
