// BDAT and the octets behind it (RFC 3030).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "smtp/command.h"
#include "smtp/grammar.h"

namespace yubin::smtp {

namespace {

constexpr std::uint64_t kMaxStep = 64 * 1024;

struct BdatArguments {
  std::uint64_t octets;
  bool last;
};

// bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF; chunk-size = 1*DIGIT; end-marker = "LAST"
std::optional<BdatArguments> bdat_arguments(std::string_view args) {
  Cursor in(args);
  std::optional<std::uint64_t> const octets = parse_number(in.take_while(is_digit));
  if (!octets) return std::nullopt;
  if (in.at_end()) return BdatArguments{*octets, false};
  if (!in.next_is(' ') && !in.next_is('\t')) return std::nullopt;
  in.skip_spaces();
  if (!in.skip_word("LAST") || !in.at_end()) return std::nullopt;
  return BdatArguments{*octets, true};
}

}  // namespace

Session::Step Session::on_bdat(std::string_view args) {
  std::optional<BdatArguments> const arguments = bdat_arguments(args);
  if (!arguments) {
    // What follows is data, of nobody knows what length: taken for commands it could do anything.
    close();
    return Reply(501, {5, 5, 4}, "Syntax: BDAT octets [LAST]; closing, because what follows cannot be told apart");
  }
  if (transaction_.in_chunks() && transaction_.chunks().count >= options_->max_chunks)
    return Reply(421, {4, 7, 0}, fmt::format("{} too many chunks, closing", options_->host_name));
  chunk_ = Chunk{.left = arguments->octets, .last = arguments->last, .replies = 1, .refusal = {}};
  chunk_->refusal = refuse_chunk(arguments->octets);
  if (is_lmtp() && arguments->last && transaction_.recipient_count() > 0)
    chunk_->replies = transaction_.recipient_count();
  if (chunk_->refusal) {
    // A message without one of its chunks is no message: nothing of it may be left when the next one comes.
    end_transaction();
  } else {
    Chunks& chunks = transaction_.chunks();
    ++chunks.count;
    chunks.octets += arguments->octets;
  }
  phase_ = Phase::chunk;
  return Silent{};
}

std::optional<Reply> Session::refuse_chunk(std::uint64_t octets) const {
  if (!transaction_.is_open()) return Reply(503, {5, 5, 1}, "Bad sequence of commands");
  if (transaction_.recipient_count() == 0) return no_recipients();
  std::uint64_t const before = transaction_.octets();
  if (octets > options_->size_limit || before + octets > options_->size_limit)
    return Reply(552, {5, 3, 4}, fmt::format("Message is larger than {} octets", options_->size_limit));
  return std::nullopt;
}

std::optional<Session::Event> Session::chunk_step() {
  if (woken_ == WakeReason::deadline) {
    chunk_.reset();
    end_transaction();
    phase_ = Phase::command;  // whose first step says good-bye
    return {};
  }
  if (chunk_->left == 0) return chunk_ended();
  std::string_view const bytes = input_.rest().substr(0, std::min(chunk_->left, kMaxStep));
  if (bytes.empty()) return need_input();
  input_.consume(bytes.size());
  chunk_->left -= bytes.size();
  if (chunk_->refusal) return Yield{};
  // RFC 3030 section 3: only BINARYMIME may have CR and LF that do not end a line.
  bool const binary = transaction_.parameters().body == BodyType::binary_mime;
  if (binary || transaction_.chunks().line_ends.feed(bytes)) {
    body_passed_ = true;
    return Body{bytes};
  }
  chunk_->refusal = Reply(550, {5, 6, 11}, "Message has a bare CR or LF; only BODY=BINARYMIME may");
  end_transaction();
  return {};
}

std::optional<Session::Event> Session::chunk_ended() {
  Chunk chunk = *std::exchange(chunk_, std::nullopt);
  phase_ = Phase::command;
  if (chunk.last && !chunk.refusal && !transaction_.chunks().line_ends.finish()) {
    chunk.refusal = Reply(550, {5, 6, 11}, "Message ends in a bare CR");
    end_transaction();
  }
  if (chunk.refusal) {
    answer_each(*chunk.refusal, chunk.replies);
    return {};
  }
  std::uint64_t const octets = transaction_.chunks().octets;
  if (chunk.last) return ask_message(octets);
  answer({250, {2, 0, 0}, fmt::format("OK, {} octets so far", octets)}, Sending::may_wait);
  return {};
}

}  // namespace yubin::smtp
