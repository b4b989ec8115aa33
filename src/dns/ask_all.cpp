#include "dns/ask_all.h"

#include <atomic>
#include <memory>

namespace yubin::dns {

namespace {

struct Round {
  std::vector<Answer> answers;
  std::atomic<std::size_t> open;
  std::move_only_function<void(std::vector<Answer>)> done;

  void one_less() {
    if (open.fetch_sub(1) == 1) done(std::move(answers));
  }
};

}  // namespace

void ask_all(Resolver& resolver, std::vector<Question> questions,
             std::move_only_function<void(std::vector<Answer>)> done) {
  auto const round =
      std::make_shared<Round>(std::vector<Answer>(questions.size()), questions.size() + 1, std::move(done));
  for (std::size_t i = 0; i < questions.size(); ++i) {
    resolver.look_up(std::move(questions[i]), [round, i](Answer answer) {
      round->answers[i] = std::move(answer);
      round->one_less();
    });
  }
  round->one_less();
}

}  // namespace yubin::dns
