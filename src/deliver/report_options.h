// What is set for reports of others.
#pragma once

#include <chrono>

namespace yubin::deliver {

struct ReportOptions {
  std::chrono::days keep{400};
};

}  // namespace yubin::deliver
