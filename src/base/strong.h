// A number that cannot be mixed up with another: `using Uid = Strong<struct UidTag, std::uint32_t>`.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace yubin {

template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;
  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  constexpr Strong next() const { return Strong(static_cast<Rep>(value_ + 1)); }
  friend constexpr auto operator<=>(Strong const&, Strong const&) = default;

 private:
  Rep value_{};
};

}  // namespace yubin

template <class Tag, class Rep>
struct std::hash<yubin::Strong<Tag, Rep>> {
  std::size_t operator()(yubin::Strong<Tag, Rep> const& v) const { return std::hash<Rep>{}(v.value()); }
};
