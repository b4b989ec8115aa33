// Check: one question of the judge, resumable like a session. It owns the facts that it was made from, asks for the
// look-ups that it needs, batch after batch, and ends in a finding. It never waits, knows no socket, no clock and no
// resolver; so the same code runs in the server, in `yubin check` and on conformance vectors.
//
//   for (Step step = check.poll(); ; step = check.poll()) {
//     if (auto* finding = std::get_if<Finding>(&step)) return *finding;
//     check.resume(resolve(std::get<Lookup>(step).questions));
//   }
//
// A look-up that fails for now is an answer like any other (Existence::temporary); what it means is the check's to say,
// mostly a result of "temperror". A check that fails has a finding that says so; there are no errors beside it.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "policy/finding.h"
#include "policy/lookup.h"

namespace yubin::policy {

// Questions that may be asked side by side; at least one.
struct Lookup {
  std::vector<Question> questions;
};
using Step = std::variant<Lookup, Finding>;

// One thread at a time.
class Check {
 public:
  // No check needs more batches than this: RFC 7208 section 4.6.4 lets SPF have 10 terms that cause look-ups, each of
  // which may need a second for its names. A driver takes one that goes on for broken.
  static constexpr int kMaxBatches = 40;

  virtual ~Check() = default;

  // The id in its finding. Good as long as the program runs.
  virtual std::string_view id() const = 0;
  // After a Lookup only once resume() was called; not again after the Finding. Returns within 5 ms.
  virtual Step poll() = 0;
  // One answer for each question of the last Lookup, in their order.
  virtual void resume(std::vector<Answer> answers) = 0;
};

}  // namespace yubin::policy
