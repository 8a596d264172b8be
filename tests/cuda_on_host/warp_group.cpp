#include "tests/cuda_on_host/warp_group.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

namespace reckon::cuda_on_host {
namespace {

constexpr int kGroupThreads = kGroupWarps * kWarpThreads;
constexpr int kRows = 64;
constexpr int kChunkBytes = 16;                 // what swizzles move as one
constexpr int kProductBytes = 32;               // of a row, along k
constexpr std::uint32_t kPoison = 0x7fc0deadU;  // of registers that belong to a product

[[noreturn]] void fail(const std::string& what) {
  throw KernelFault(
      fmt::format("{}: thread {} of block {}: {}", kernel_name(), accessor().thread, accessor().block, what));
}

/// A matrix in shared memory as its descriptor says it lies ("Matrix Descriptor Format" and "Canonical
/// Layouts" of K-major matrices).
class Operand {
 public:
  explicit Operand(std::uint64_t descriptor) {
    const auto offset_at = [&](unsigned bit) {
      return static_cast<std::uint32_t>(descriptor >> bit & 0x3fffU) << 4U;
    };
    start_ = offset_at(0);
    leading_ = offset_at(16);
    stride_ = offset_at(32);
    mode_ = static_cast<unsigned>(descriptor >> 62U);
    constexpr std::uint64_t kReserved = 0x3ff1'c000'c000'c000U;
    if ((descriptor & kReserved) != 0) fail(fmt::format("descriptor {:#018x} has reserved bits", descriptor));
    if (mode_ == 0) return;
    if ((descriptor >> 49U & 7U) != 0) fail("a base offset: patterns here begin on their borders");
    // The pattern's lines begin on its border; a start inside of the first line is a step along k.
    if (start_ / row_bytes() % 8 != 0)
      fail(fmt::format("an operand at {} does not begin in the first line of a swizzle's pattern", start_));
  }

  /// Address of 16 bytes of a row.
  std::uint32_t address(int row, int chunk) const {
    const auto r = static_cast<std::uint32_t>(row);
    const auto c = static_cast<std::uint32_t>(chunk);
    if (mode_ == 0) return start_ + r / 8 * stride_ + r % 8 * kChunkBytes + c * leading_;
    const std::uint32_t plain = start_ + r / 8 * stride_ + r % 8 * row_bytes() + c * kChunkBytes;
    return plain ^ (plain >> 3U & (row_bytes() - 1) & 0x70U);
  }

 private:
  std::uint32_t row_bytes() const { return 256U >> mode_; }  // 1: 128, 2: 64, 3: 32

  std::uint32_t start_, leading_, stride_;
  unsigned mode_;
};

/// One thread's part in a product that is being queued.
struct Part {
  FragmentType type;
  int columns;
  std::uint64_t a, b;
  bool adds;
  QueuedProduct* product;  // its results: the sums before, then after
};

std::vector<std::vector<double>> rows_of(const Operand& operand, FragmentType type, int rows,
                                         std::vector<GroupRead>& reads) {
  std::vector<std::vector<double>> values;
  for (int row = 0; row < rows; ++row) {
    unsigned char bytes[kProductBytes];
    for (int chunk = 0; chunk < kProductBytes / kChunkBytes; ++chunk) {
      const SharedPlace place = shared_place(operand.address(row, chunk));
      place.region->begin_group_read(place.offset, kChunkBytes, bytes + chunk * kChunkBytes);
      reads.push_back({place.region, place.offset});
    }
    values.push_back(values_of(type, bytes));
  }
  return values;
}

void multiply(void* const* payloads) {
  const auto part = [&](int thread) -> Part& { return *static_cast<Part*>(payloads[thread]); };
  const Part& first = part(0);
  for (int t = 1; t < kGroupThreads; ++t) {
    const Part& other = part(t);
    if (other.type != first.type || other.columns != first.columns || other.adds != first.adds ||
        other.a != first.a || other.b != first.b)
      fail("the threads of a warp group ask for different products");
  }
  const auto reads = std::make_shared<std::vector<GroupRead>>();
  const auto a = rows_of(Operand(first.a), first.type, kRows, *reads);
  const auto b = rows_of(Operand(first.b), first.type, first.columns, *reads);
  for (int t = 0; t < kGroupThreads; ++t) {
    const int lane = t % kWarpThreads;
    QueuedProduct& product = *part(t).product;
    for (std::size_t i = 0; i < product.results.size(); ++i) {
      const auto n = static_cast<int>(i);
      const int row = t / kWarpThreads * 16 + lane / 4 + n / 2 % 2 * 8;
      const int column = n / 4 * 8 + lane % 4 * 2 + n % 2;
      const auto& left = a[static_cast<std::size_t>(row)];
      const auto& right = b[static_cast<std::size_t>(column)];
      float& sum = product.results[i];
      double total = first.adds ? static_cast<double>(sum) : 0.0;
      for (std::size_t k = 0; k < left.size(); ++k) total += left[k] * right[k];
      sum = static_cast<float>(total);
    }
    product.reads = reads;
  }
}

/// The newest product on its way to these sums.
const QueuedProduct* newest(const GroupProducts& products, const float* sums) {
  const auto last_of = [&](const std::vector<QueuedProduct>& group) -> const QueuedProduct* {
    const auto found = std::find_if(group.rbegin(), group.rend(),
                                    [&](const QueuedProduct& product) { return product.sums == sums; });
    return found != group.rend() ? &*found : nullptr;
  };
  if (const QueuedProduct* product = last_of(products.open)) return product;
  for (auto group = products.groups.rbegin(); group != products.groups.rend(); ++group) {
    if (const QueuedProduct* product = last_of(*group)) return product;
  }
  return nullptr;
}

/// `continued`: a later product of the same group adds to the same sums.
void land(const GroupProducts& products, const QueuedProduct& product, bool continued) {
  for (std::size_t i = 0; i < product.results.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(product.sums[i]) != kPoison)
      fail("registers of a product were written before its wait");
  }
  if (!continued && newest(products, product.sums) == nullptr)
    std::copy(product.results.begin(), product.results.end(), product.sums);
  if (accessor().thread % kWarpThreads != 0) return;
  for (const GroupRead& read : *product.reads) read.region->end_group_read(read.offset, kChunkBytes);
}

void nothing(void* const*) {}

}  // namespace

void queue_group_product(FragmentType type, int columns, float* sums, std::uint64_t a, std::uint64_t b,
                         bool adds) {
  GroupProducts& products = group_products();
  const auto count = static_cast<std::size_t>(columns / 2);
  // Not on this thread's stack: a kernel that is at fault leaves its threads where they are.
  QueuedProduct& asked = products.asked;
  asked = {sums, std::vector<float>(sums, sums + count), nullptr};
  Part mine{type, columns, a, b, adds, &asked};
  if (const QueuedProduct* before = newest(products, sums)) {
    if (before->results.size() != count) fail("sums of products of two shapes with no wait between them");
    asked.results = before->results;
  } else if (!products.registers_fenced) {
    fail("a product with no wgmma.fence before it");
  }
  group_collective("wgmma", &mine, multiply);
  products.open.push_back(std::exchange(asked, {}));
  std::fill(sums, sums + count, std::bit_cast<float>(kPoison));
}

void fence_group_registers() { group_products().registers_fenced = true; }

void commit_group_products() {
  GroupProducts& products = group_products();
  products.groups.push_back(std::exchange(products.open, {}));
}

void wait_group_products(int left) {
  warp_collective("wgmma.wait_group", nullptr, nothing);
  GroupProducts& products = group_products();
  while (static_cast<int>(products.groups.size()) > left) {
    const std::vector<QueuedProduct> landed = std::move(products.groups.front());
    products.groups.pop_front();
    products.registers_fenced = false;
    for (std::size_t i = 0; i < landed.size(); ++i) {
      const bool continued =
          std::any_of(landed.begin() + static_cast<std::ptrdiff_t>(i) + 1, landed.end(),
                      [&](const QueuedProduct& later) { return later.sums == landed[i].sums; });
      land(products, landed[i], continued);
    }
  }
}

}  // namespace reckon::cuda_on_host
