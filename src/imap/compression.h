// COMPRESS=DEFLATE (RFC 4978): the two streams of one connection, between the session and its driver.
//
// Memory: about 80 KB. What the client sends needs the whole window of 32 KiB, which it may use (section 3); what we
// send is made with one of 4 KiB.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::imap {

class Compression {
 public:
  static constexpr std::size_t kPiece = 16 * 1024;

  Compression();
  ~Compression();
  Compression(Compression const&) = delete;
  Compression& operator=(Compression const&) = delete;

  // From the client; kept until inflate() has gone through it.
  void receive(std::string_view bytes);
  bool has_input() const { return more_ || at_ < input_.size(); }
  // The next of it: at most kPiece, however much a few bytes stand for; perhaps nothing. Errors: syntax (it is no such
  // stream, or the stream has ended), once all before that was given out; then nothing more can be understood.
  Result<std::string> inflate();

  // For the client, who can read all of it at once.
  std::string deflate(std::string_view bytes);

 private:
  struct Streams;
  std::unique_ptr<Streams> streams_;
  std::string input_;
  std::size_t at_ = 0;  // bytes of input_ that are used up
  bool more_ = false;   // there may be more without any input: the last piece was full, or the stream broke behind it
};

}  // namespace yubin::imap
