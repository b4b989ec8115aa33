// A check written as one function that says `co_await ask(...)` where it needs look-ups:
//
//   Inquiry<bool> takes_mail(std::string domain) {
//     Answer const mx = co_await ask({domain, RecordType::mx});
//     if (mx.existence == Existence::found) co_return true;
//     co_return co_await has_address(domain);  // another Inquiry
//   }
//
// The functions of one check run on its driver's thread, within poll(), one at a time. They take what they keep by
// value, and belong to an object that outlives them: InquiryCheck destroys the frames before itself.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "policy/check.h"

namespace yubin::policy {

// What the functions of one check share with its driver.
struct Dialogue {
  std::vector<Question> questions;    // what is asked now
  std::vector<Answer> answers;        // ... and what came
  std::coroutine_handle<> innermost;  // who asked
};

struct AskAll {
  std::vector<Question> questions;
};
struct AskOne {
  Question question;
};
// Questions side by side; their answers in the same order. None is asked for none.
inline AskAll ask(std::vector<Question> questions) {
  return {std::move(questions)};
}
inline AskOne ask(Question question) {
  return {std::move(question)};
}

template <class T>
class [[nodiscard]] Inquiry {
 public:
  class promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  Inquiry(Inquiry&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Inquiry(Inquiry const&) = delete;
  Inquiry& operator=(Inquiry const&) = delete;
  Inquiry& operator=(Inquiry&&) = delete;
  ~Inquiry() {
    if (handle_) handle_.destroy();
  }

  // For the driver of the outermost one.
  void start(Dialogue& dialogue) {
    handle_.promise().dialogue = &dialogue;
    handle_.resume();
  }
  bool done() const { return handle_.done(); }
  T take() { return *std::move(handle_.promise().value); }

 private:
  template <class U>
  friend class Inquiry;
  explicit Inquiry(Handle handle) : handle_(handle) {}

  struct AnswersAwaiter {
    Dialogue& dialogue;
    std::vector<Question> questions;

    bool await_ready() const { return questions.empty(); }
    void await_suspend(std::coroutine_handle<> asker) {
      dialogue.questions = std::move(questions);
      dialogue.innermost = asker;
    }
    std::vector<Answer> await_resume() { return std::exchange(dialogue.answers, {}); }
  };
  struct AnswerAwaiter : AnswersAwaiter {
    Answer await_resume() { return std::move(AnswersAwaiter::await_resume().front()); }
  };
  template <class U>
  struct InquiryAwaiter {
    Inquiry<U> inquiry;
    Dialogue* dialogue;

    bool await_ready() const { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
      inquiry.handle_.promise().dialogue = dialogue;  // NOLINT(clang-analyzer-core.uninitialized.Assign)
      inquiry.handle_.promise().caller = caller;
      return inquiry.handle_;
    }
    U await_resume() { return inquiry.take(); }
  };
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(Handle self) const noexcept {
      return self.promise().caller ? self.promise().caller : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  Handle handle_;
};

template <class T>
class Inquiry<T>::promise_type {
 public:
  Dialogue* dialogue = nullptr;
  std::coroutine_handle<> caller;
  std::optional<T> value;

  Inquiry get_return_object() { return Inquiry(Handle::from_promise(*this)); }
  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  void return_value(T result) { value = std::move(result); }
  void unhandled_exception() { throw; }  // memory is exhausted: poll() throws

  AnswersAwaiter await_transform(AskAll all) { return {*dialogue, std::move(all.questions)}; }
  AnswerAwaiter await_transform(AskOne one) {
    std::vector<Question> questions;
    questions.push_back(std::move(one.question));
    return {{*dialogue, std::move(questions)}};
  }
  template <class U>
  InquiryAwaiter<U> await_transform(Inquiry<U> inquiry) {
    return {std::move(inquiry), dialogue};
  }
};

// A check whose work is an inquiry. A derived class is final, and its run() uses only what the object owns.
class InquiryCheck : public Check {
 public:
  InquiryCheck() = default;
  InquiryCheck(InquiryCheck const&) = delete;
  InquiryCheck& operator=(InquiryCheck const&) = delete;

  Step poll() final {
    if (!inquiry_) {
      inquiry_.emplace(run());
      inquiry_->start(dialogue_);
    } else {
      std::exchange(dialogue_.innermost, nullptr).resume();
    }
    if (inquiry_->done()) return inquiry_->take();
    return Lookup{std::exchange(dialogue_.questions, {})};
  }
  void resume(std::vector<Answer> answers) final { dialogue_.answers = std::move(answers); }

 private:
  virtual Inquiry<Finding> run() = 0;

  Dialogue dialogue_;
  std::optional<Inquiry<Finding>> inquiry_;
};

}  // namespace yubin::policy
