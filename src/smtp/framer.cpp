#include "smtp/framer.h"

#include <algorithm>

namespace yubin::smtp {

namespace {

constexpr std::size_t kMaxStep = 64 * 1024;
constexpr std::size_t kIdleCapacity = 1024;

}  // namespace

void Input::append(std::string_view bytes) {
  bytes_.erase(0, used_);
  used_ = 0;
  bytes_.append(bytes);
}

void Input::clear() {
  bytes_.clear();
  used_ = 0;
}

void Input::wipe_consumed() {
  std::fill_n(bytes_.begin(), used_, '\0');
}

void Input::release() {
  if (bytes_.capacity() <= kIdleCapacity) return;
  // A copy that is just large enough; assigning would keep the old capacity.
  std::string kept(rest());
  bytes_.swap(kept);
  used_ = 0;
}

LineFramer::Step LineFramer::next(Input& input) {
  if (skipping_) return skip(input);
  std::string_view const line = input.rest().substr(0, limit_);
  std::size_t const end = std::min(line.find_first_of("\r\n", scanned_), line.size());
  bool const cr_is_last = end + 1 == line.size() && line[end] == '\r';
  if (end == line.size() || cr_is_last) {
    if (line.size() == limit_) return refuse(input, line, Fault::too_long);
    scanned_ = end;
    return NeedMore{};
  }
  if (!line.substr(end).starts_with("\r\n")) return refuse(input, line.substr(0, end + 1), Fault::bare_cr_or_lf);
  scanned_ = 0;
  input.consume(end + 2);
  return Line{line.substr(0, end)};
}

LineFramer::Step LineFramer::refuse(Input& input, std::string_view seen, Fault fault) {
  input.consume(seen.size());
  scanned_ = 0;
  skipping_ = true;
  // After a bare CR comes no LF, or it would not be bare.
  after_cr_ = fault == Fault::too_long && seen.ends_with('\r');
  return fault;
}

LineFramer::Step LineFramer::skip(Input& input) {
  std::string_view const bytes = input.rest().substr(0, kMaxStep);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n' && after_cr_) {
      input.consume(i + 1);
      skipping_ = false;
      return next(input);
    }
    after_cr_ = bytes[i] == '\r';
  }
  input.consume(bytes.size());
  if (input.rest().empty()) return NeedMore{};
  return Skipped{};
}

// How many bytes at the front hold nothing that matters. While the message is whole, both CR and LF matter; once it is
// to be refused, only CR does: it may begin the end. (Looking for LF too would take quadratic time on many bare CRs.)
std::size_t DataFramer::text_length(std::string_view bytes) const {
  if (fault_) return std::min(bytes.find('\r'), bytes.size());
  std::string_view const line = bytes.substr(0, bytes.find('\n'));
  return std::min(line.find('\r'), line.size());
}

DataFramer::Step DataFramer::pass(std::string_view bytes) {
  size_ += bytes.size();
  if (size_ <= limit_) return Chunk{bytes};
  fault_ = Fault::too_large;
  return Fault::too_large;
}

DataFramer::Step DataFramer::next(Input& input) {
  std::string_view const in = input.rest().substr(0, kMaxStep);
  std::size_t begin = 0;  // in[begin, at) is to be passed on
  std::size_t at = 0;
  auto pass_on = [&] {
    input.consume(at);
    return pass(in.substr(begin, at - begin));
  };
  auto bare = [&]() -> Step {
    input.consume(at);
    fault_ = Fault::bare_cr_or_lf;
    return Fault::bare_cr_or_lf;
  };
  while (at < in.size()) {
    bool const passing = !fault_ && at > begin;
    switch (state_) {
      case State::line_start:
        if (in[at] != '.') {
          state_ = State::text;
        } else {
          if (passing) return pass_on();
          begin = ++at;
          state_ = State::dot;
        }
        break;
      case State::dot:
        // RFC 5321 section 4.5.2: a lone dot is the end; before anything else the dot is dropped.
        state_ = State::text;
        if (in[at] == '\r') {
          begin = ++at;
          state_ = State::dot_cr;
        }
        break;
      case State::dot_cr:
        if (in[at] == '\n') {
          input.consume(at + 1);
          return End{size_, fault_};
        }
        state_ = State::text;
        if (!fault_) return bare();
        break;
      case State::text:
        at += text_length(in.substr(at));
        if (at == in.size()) break;
        if (in[at] == '\r') {
          ++at;
          state_ = State::cr;
        } else {
          if (at > begin) return pass_on();  // no fault yet, or LF would not be found
          ++at;
          return bare();
        }
        break;
      case State::cr:
        if (in[at] == '\n') {
          ++at;
          state_ = State::line_start;
        } else {
          if (passing) return pass_on();
          state_ = State::text;
          if (!fault_) return bare();
        }
        break;
    }
  }
  if (!fault_ && at > begin) return pass_on();
  input.consume(at);
  if (input.rest().empty()) return NeedMore{};
  return Skipped{};
}

bool LineEnds::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (after_cr_) {
      if (bytes.front() != '\n') return false;
      after_cr_ = false;
      bytes.remove_prefix(1);
    }
    std::size_t const at = bytes.find_first_of("\r\n");
    if (at == std::string_view::npos) return true;
    if (bytes[at] == '\n') return false;
    after_cr_ = true;
    bytes.remove_prefix(at + 1);
  }
  return true;
}

}  // namespace yubin::smtp
