// The table of options: one row each, with what it is called, what it takes, what it does, and the member of the
// configuration that it fills. Parser, sample file, manual page and `yubin config` are made from the rows.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/codec.h"

namespace yubin::config {

enum class Effect { reload, restart };  // when a change is felt

template <class Target>
struct Option {
  std::string_view name;  // with its section: "imap.idle_time"
  std::string takes;      // completes "it must be …"
  std::string_view sentence;
  Effect effect = Effect::reload;
  bool required = false;
  std::string_view instead{};                          // of a required one: another that does as well
  std::function<Result<>(Target&, Value const&)> set;  // the error completes "NAME …", or is empty
  std::function<std::string(Target const&)> show;      // as TOML; empty if not set
  std::function<void(Target&, Target const&)> copy;    // the member of the second to the first

  Option& needs_restart() {
    effect = Effect::restart;
    return *this;
  }
  Option& is_required() {
    required = true;
    return *this;
  }
  Option& is_required_without(std::string_view other) {
    instead = other;
    return is_required();
  }
};

template <class Target>
class Options {
 public:
  // `place` gives the member: [](auto& c) -> auto& { return c.settings.imap.max_message; }
  template <class Place, class T>
  Option<Target>& add(std::string_view name, Place place, Codec<T> codec, std::string_view sentence) {
    auto set = [place, read = std::move(codec.read)](Target& target, Value const& value) -> Result<> {
      TRY(T parsed, read(value));
      place(target) = std::move(parsed);
      return {};
    };
    auto show = [place, write = std::move(codec.write)](Target const& target) { return write(place(target)); };
    auto copy = [place](Target& to, Target const& from) { place(to) = place(from); };
    return rows_.emplace_back(Option<Target>{.name = name,
                                             .takes = std::move(codec.takes),
                                             .sentence = sentence,
                                             .set = std::move(set),
                                             .show = std::move(show),
                                             .copy = std::move(copy)});
  }

  std::vector<Option<Target>> const& rows() const { return rows_; }
  Option<Target> const* find(std::string_view name) const {
    for (Option<Target> const& row : rows_)
      if (row.name == name) return &row;
    return nullptr;
  }

 private:
  std::vector<Option<Target>> rows_;
};

}  // namespace yubin::config
