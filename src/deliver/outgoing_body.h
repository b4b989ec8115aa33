// The bytes of a message on its way out: our prefix and the body, encoded in another way where the other side does not
// take them as they are.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kv/bodies.h"
#include "mime/recoding.h"
#include "queue/message_row.h"

namespace yubin::deliver {

// Reads the store, so on the storage pool. One thread at a time.
class OutgoingBody {
 public:
  // `bodies` outlives it.
  OutgoingBody(kv::Bodies const& bodies, queue::MessageRow const& message)
      : bodies_(bodies), prefix_(message.prefix), body_(message.body) {}

  // Before the first next(): looks through the message, and plans what has to change for a server that takes
  // `eight_bit` or not. Errors: denied, it cannot be changed: where eight_bit is given that is passed over, since such
  // lines mostly pass; others, the body cannot be read.
  Result<> prepare(bool eight_bit);
  bool is_seven_bit() const { return seven_bit_; }  // what next() gives
  // Tells what next() gives of the same message apart.
  enum class Form : std::uint8_t { as_it_is, for_eight_bit, for_seven_bit };
  Form form() const { return form_; }
  std::uint64_t size() const { return size_; }  // of all that next() gives; an estimate if it is changed

  // The first bytes, at most so many, before anything is encoded in another way.
  Result<std::string> beginning(std::size_t at_most) const;
  // All that next() will give, in pieces, before anything was put before it; nothing is taken.
  Result<> read_through(std::function<void(std::string_view)> const& take) const;
  // Header fields that go out before all else; before the first next().
  void put_before(std::string fields);

  // The next bytes, at most so many; `last` with the last of them.
  struct Piece {
    std::string bytes;
    bool last;
  };
  Result<Piece> next(std::size_t at_most);

 private:
  Result<std::string> read(std::uint64_t offset, std::size_t at_most) const;  // of prefix and body
  template <class Fn>
  Result<> each_piece(Fn fn) const;

  kv::Bodies const& bodies_;
  std::string const prefix_;
  kv::BodyRef const body_;
  std::uint64_t const raw_size_ = prefix_.size() + body_.size;
  std::uint64_t size_ = raw_size_;
  bool seven_bit_ = false;
  Form form_ = Form::as_it_is;
  std::optional<mime::Recoding> recoding_;  // what changes, if anything does
  std::optional<mime::Recoder> recoder_;
  std::string before_;          // and not given yet
  std::uint64_t position_ = 0;  // in prefix and body
  std::string ready_;           // recoded, and not given yet
};

}  // namespace yubin::deliver
