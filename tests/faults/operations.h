// What is done to a store while something fails, and what the ledger says of it.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "tests/faults/ledger.h"
#include "tests/faults/open_store.h"

namespace yubin::faults {

struct Operation {
  std::string_view name;
  std::function<bool(OpenStore&)> run;  // true: acknowledged; then it is as noted, whatever comes
  std::function<void(Ledger&)> note;    // what it changes for clients
  bool backs_up = false;                // the backups are looked at too
  // What may be found besides if it was not acknowledged, of one that has more than one batch.
  std::vector<std::function<void(Ledger&)>> halves{};
};

std::vector<Operation> operations();
// What is done before, without faults.
std::vector<Operation> preparations();
// What must succeed after a fault that the process outlived.
Operation probe();

}  // namespace yubin::faults
