// The vocabulary of a protocol session: bytes in, events out, no socket.
//
// A session class has these members; its Event is a std::variant of what stands here and of its own questions:
//
//   void receive(std::string_view bytes);  // copies what it keeps; the caller may reuse its buffer
//   Event poll();                          // what to do next; returns within 5 ms or 64 KiB
//   void resume(Answer answer);            // the answer to the last question, completion or upgrade
//   void wake(WakeReason reason);          // something happened outside
//
// The driver in net/ never runs two of these at once. After a NeedInput, poll() comes again only after receive() or
// wake(); after a question, only after resume().
#pragma once

#include <string>
#include <string_view>

#include "base/completion.h"

namespace yubin {

struct NeedInput {};  // give me bytes, or wake me
struct Send {
  std::string bytes;  // put this on the wire; at most 64 KiB
};
struct Body {
  std::string_view chunk;  // a message passing through; good until the next receive() or poll(), collected nowhere here
};
struct AwaitCommit {
  Completion completion;  // go on, by resume(Done{}), when this is done
};
// The reply is sent and the session has forgotten what it was given behind the command (RFC 3207 section 4.2: the
// driver holds nothing back); upgrade, then resume(Done{}).
struct StartTls {};
struct Yield {};  // 5 ms are over; poll again after others had their turn
struct Close {};  // send what is pending, then close

struct Done {};  // the answer when there is nothing to say

enum class WakeReason {
  changed,   // what the session watches has changed
  deadline,  // the time that the session's state allows is over
  shutdown,  // the server stops; say good-bye
};

// Wakes the session that it was made for; the reason reaches its wake() on its own thread, several calls may come as
// one. Outlives the session: after that a call does nothing.
class Waker {
 public:
  virtual ~Waker() = default;
  virtual void wake(WakeReason reason) = 0;  // any thread
};

}  // namespace yubin
