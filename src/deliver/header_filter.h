// What is done to the header section of a message on its way in: everybody's is looked at for signs of a loop, and one
// that is submitted is completed.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace yubin::deliver {

// Whose Authentication-Results are left out, since only we may write them, with those of versions that nobody knows
// (RFC 8601 section 5).
struct OwnResults {
  std::string authserv_id;
};

// What a submitted message gets if it lacks it (RFC 6409 sections 8.2 and 8.3).
struct Completion {
  std::string date;        // a Date field's value
  std::string message_id;  // a Message-ID field's value, in its angle brackets
};

// A filter for bytes in pieces of any size; holds back less than 1 KiB. With a Completion it leaves out Bcc,
// Resent-Bcc and Return-Path, adds what is missing, and ends the header section before a line that belongs to none;
// with OwnResults it leaves out the fields that claim to be them; without any the bytes pass unchanged. One thread
// at a time.
class HeaderFilter {
 public:
  HeaderFilter() = default;
  HeaderFilter(Completion completion, OwnResults own)
      : completion_(std::move(completion)), own_results_(std::move(own)) {}
  explicit HeaderFilter(OwnResults own) : own_results_(std::move(own)) {}

  std::string pass(std::string piece);  // what is to be passed on
  std::string finish();                 // the same, for the end of the message

  std::size_t received() const { return received_; }  // how many Received fields there were
  // Was it delivered here to this address, in folded form, before? (Only the first few hundred fields are known.)
  bool was_delivered_to(std::string const& folded) const { return delivered_to_.contains(folded); }

 private:
  enum class State { line_start, in_line, body };

  void take(std::string_view& rest, std::string& out);
  void begin_line(std::string& out);
  void note_field(std::string_view name, std::string_view value);
  void add_missing(std::string& out);

  bool is_left_out(std::string_view name, std::string_view start) const;

  std::optional<Completion> completion_;
  std::optional<OwnResults> own_results_;
  State state_ = State::line_start;
  std::string line_;  // the beginning of a line that is not decided on
  bool leaving_out_ = false;
  bool any_line_ = false;
  bool has_date_ = false;
  bool has_message_id_ = false;
  std::size_t received_ = 0;
  std::set<std::string> delivered_to_;
};

}  // namespace yubin::deliver
