// Coroutines on an event loop, and the ways in which one waits for something that is no socket.
//
// A Task begins when it is awaited or spawned and stays on its loop's thread. Parameters are taken by value, and what
// is passed to an awaited call has a name: then no temporary dies too early, whatever the compiler.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "base/completion.h"
#include "base/executor.h"
#include "net/loops.h"

namespace yubin::net {

template <class T = void>
using Task = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;

// Runs `task` on the loop; Loops::join() waits for its end. An exception that leaves it is logged. Any thread; on the
// loop's own it begins at once.
void spawn(Loop& loop, Task<> task);

// Suspends until the function that `start` is given has been called: once, on any thread, at once or later. It must be
// called, since nothing else ends the wait.
using Resume = std::move_only_function<void()>;
Task<> suspend(std::move_only_function<void(Resume)> start);

// Until the completion is done, which some thread must see to.
Task<> finished(Completion completion);

// Runs `work` on the executor and comes back to the loop. What `work` throws is thrown here. What it refers to stays
// where it is until then, since the caller waits.
Task<> run_on(Executor& executor, Lane lane, std::move_only_function<void()> work);

// Lets the loop's other work have its turn.
Task<> yield();

}  // namespace yubin::net
