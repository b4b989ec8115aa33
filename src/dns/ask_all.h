// Several questions side by side.
#pragma once

#include <functional>
#include <vector>

#include "dns/resolver.h"

namespace yubin::dns {

// Calls `done` once with an answer for each question, in their order: on a thread of the resolver or at once on this
// one. It must return quickly.
void ask_all(Resolver& resolver, std::vector<Question> questions,
             std::move_only_function<void(std::vector<Answer>)> done);

}  // namespace yubin::dns
