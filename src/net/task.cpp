#include "net/task.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "net/events.h"

namespace yubin::net {

namespace {

// What asio calls when a task has ended. The loop counts the task until this is gone, however it goes: asio drops it
// uncalled where memory is exhausted.
class Ended {
 public:
  explicit Ended(Loop& loop) : loop_(&loop) { loop.task_began(); }
  Ended(Ended&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)) {}
  Ended& operator=(Ended&&) = delete;
  ~Ended() {
    if (loop_ != nullptr) loop_->task_ended();
  }

  void operator()(std::exception_ptr const& error) const {
    try {
      if (error) std::rethrow_exception(error);
    } catch (std::exception const& e) {
      log(kTaskFailed, {{"what", e.what()}});
    }
  }

 private:
  Loop* loop_;
};

}  // namespace

void spawn(Loop& loop, Task<> task) {
  auto executor = loop.io().get_executor();
  boost::asio::dispatch(executor, [&loop, executor, task = std::move(task)]() mutable {
    boost::asio::co_spawn(executor, std::move(task), Ended(loop));
  });
}

Task<> suspend(std::move_only_function<void(Resume)> start) {
  auto initiate = [](auto handler, std::move_only_function<void(Resume)> begin) {
    auto executor = boost::asio::get_associated_executor(handler);
    begin([executor, handler = std::move(handler)]() mutable { boost::asio::post(executor, std::move(handler)); });
  };
  auto operation = boost::asio::async_initiate<boost::asio::deferred_t const, void()>(initiate, boost::asio::deferred,
                                                                                      std::move(start));
  co_await std::move(operation);
}

Task<> finished(Completion completion) {
  if (completion.done()) co_return;
  auto start = [&completion](Resume resume) { completion.on_done(std::move(resume)); };
  co_await suspend(std::move(start));
}

Task<> run_on(Executor& executor, Lane lane, std::move_only_function<void()> work) {
  std::exception_ptr error;
  auto start = [&](Resume resume) {
    executor.post(lane, [&work, &error, resume = std::move(resume)]() mutable {
      try {
        work();
      } catch (...) {
        error = std::current_exception();
      }
      resume();
    });
  };
  co_await suspend(std::move(start));
  if (error) std::rethrow_exception(error);
}

Task<> yield() {
  auto operation = boost::asio::post(boost::asio::deferred);
  co_await std::move(operation);  // NOLINT(performance-move-const-arg): it is awaited as an rvalue only
}

}  // namespace yubin::net
