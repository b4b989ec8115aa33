#include "deliver/header_filter.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "mime/address.h"
#include "policy/authentication_results.h"

namespace yubin::deliver {

namespace {

// So much of a line is seen before it is decided what it is: a field's name, and an address.
constexpr std::size_t kMaxStart = 640;
constexpr std::size_t kMaxDeliveredTo = 300;

// RFC 5322 section 3.6.3: who is named in Bcc is not to be seen by the others. RFC 5321 section 4.4: Return-Path is
// the delivering server's, and a message that begins its way has none.
constexpr std::array<std::string_view, 3> kLeftOut = {"Bcc", "Resent-Bcc", "Return-Path"};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// field-name = 1*ftext (RFC 5322 section 3.6.8), then ":"; section 4.5 permits white space between them. Empty: none.
std::string_view field_name(std::string_view line) {
  std::size_t const colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  std::string_view name = line.substr(0, colon);
  while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
  bool const valid = std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
  return valid ? name : std::string_view{};
}

// The separator of an mbox file, which some programs leave before the first field.
bool is_mbox_line(std::string_view line) {
  return line.starts_with("From ") || line.starts_with(">From ");
}

}  // namespace

std::string HeaderFilter::pass(std::string piece) {
  if (state_ == State::body) return piece;
  std::string out;
  out.reserve(piece.size());
  std::string_view rest = piece;
  while (!rest.empty() && state_ != State::body) take(rest, out);
  out += rest;
  return out;
}

void HeaderFilter::take(std::string_view& rest, std::string& out) {
  std::size_t const end = rest.find('\n');
  std::string_view part = rest.substr(0, end == std::string_view::npos ? end : end + 1);
  if (state_ == State::line_start) {
    part = part.substr(0, kMaxStart - line_.size());
    line_ += part;
    if (line_.ends_with('\n') || line_.size() == kMaxStart) begin_line(out);
  } else {
    if (!leaving_out_) out += part;
    if (part.ends_with('\n')) state_ = State::line_start;
  }
  rest.remove_prefix(part.size());
}

// Decides about line_ and what follows it up to the line's end.
void HeaderFilter::begin_line(std::string& out) {
  std::string const line = std::exchange(line_, {});
  bool const continued = std::exchange(any_line_, true) && is_blank(line.front());
  std::string_view const name = continued ? std::string_view{} : field_name(line);
  if (line == "\r\n" || line == "\n") {
    add_missing(out);
    state_ = State::body;
  } else if (!name.empty()) {
    note_field(name, std::string_view(line).substr(line.find(':') + 1));
    leaving_out_ = is_left_out(name, std::string_view(line).substr(line.find(':') + 1));
  } else if (!continued && completion_ && !is_mbox_line(line)) {
    add_missing(out);
    out += "\r\n";
    state_ = State::body;
  } else if (!continued) {
    leaving_out_ = false;
  }
  if (state_ == State::body || !leaving_out_) out += line;
  if (state_ != State::body) state_ = line.ends_with('\n') ? State::line_start : State::in_line;
}

bool HeaderFilter::is_left_out(std::string_view name, std::string_view start) const {
  auto is_it = [&](std::string_view other) { return iequals(name, other); };
  if (completion_ && std::ranges::any_of(kLeftOut, is_it)) return true;
  if (!own_results_ || !iequals(name, "Authentication-Results")) return false;
  return !policy::may_stay(start, own_results_->authserv_id);
}

void HeaderFilter::note_field(std::string_view name, std::string_view value) {
  if (iequals(name, "Received")) ++received_;
  if (iequals(name, "Date")) has_date_ = true;
  if (iequals(name, "Message-ID")) has_message_id_ = true;
  if (!iequals(name, "Delivered-To") || delivered_to_.size() >= kMaxDeliveredTo) return;
  Result<mime::Address> const address = mime::Address::parse(trim(value));
  if (address) delivered_to_.insert(address->folded());
}

void HeaderFilter::add_missing(std::string& out) {
  if (!completion_) return;
  if (!has_date_) out += "Date: " + completion_->date + "\r\n";
  if (!has_message_id_) out += "Message-ID: " + completion_->message_id + "\r\n";
}

std::string HeaderFilter::finish() {
  std::string out;
  if (!line_.empty()) begin_line(out);
  if (state_ == State::body || !completion_) return out;
  if (state_ == State::in_line && !leaving_out_) out += "\r\n";
  add_missing(out);
  state_ = State::body;
  return out;
}

}  // namespace yubin::deliver
