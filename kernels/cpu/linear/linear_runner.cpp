#include <algorithm>

#include "base/error.h"
#include "kernels/cpu/linear/runner_scratch.h"

namespace reckon::kernels::cpu {
namespace {

// With more tokens than a tile holds, a thread's panels are cut into this many pieces: enough to even out
// threads that are slowed down, few, so that the activations are read for many panels at a time.
constexpr std::int64_t kPiecesPerThread = 4;
// Preparing less than this many activations is not worth waking the threads for.
constexpr std::int64_t kSerialActivations = 8192;
// Panels that are taken together for each tile of tokens: what stays in a second-level cache beside the tile.
constexpr std::int64_t kGroupBytes = std::int64_t{192} << 10;
constexpr std::int64_t kMostPanels = 32;

// One, where panels are built in a thread's scratch memory.
std::int64_t panels_at_once(const ProductJob& job) {
  std::int64_t bytes = job.weight->panel_bytes();
  bool held = job.weight->scratch_bytes() == 0;
  if (job.up != nullptr) {
    bytes += job.up->panel_bytes();
    held = held && job.up->scratch_bytes() == 0;
  }
  return held ? std::clamp<std::int64_t>(kGroupBytes / bytes, 1, kMostPanels) : 1;
}

const PreparedWeight& prepared(const LinearWeight& weight) {
  return static_cast<const PreparedWeight&>(weight);
}

const ProductTable& product_table(CpuPath path) {
  switch (path) {
#if defined(__x86_64__)
    case CpuPath::avx512:
      return avx512_products();
    case CpuPath::avx2:
      return avx2_products();
#endif
    default:
      return portable_products();
  }
}

void check_output(const char* operation, const LinearWeight& weight, const Rows& output,
                  std::int64_t tokens) {
  if (output.rows != tokens || output.columns != weight.rows() || output.stride < output.columns)
    fail_input("{}: output [{}, {}] (stride {}) does not take {} tokens of {} [{}, {}]", operation,
               output.rows, output.columns, output.stride, tokens, weight.name(), weight.rows(),
               weight.columns());
}

}  // namespace

void require_form(TokenSet& set, const PreparedWeight& weight) {
  if (set.rows.columns != weight.columns())
    fail_input("input [{}, {}] does not fit {} [{}, {}]", set.rows.rows, set.rows.columns, weight.name(),
               weight.rows(), weight.columns());
  if (weight.form() == ProductForm::gguf) set.needs_int8 = true;
  if (weight.form() == ProductForm::fp8) {
    if (set.needs_fp8 && set.fp8_scales_power_of_two != weight.activation_scales_power_of_two())
      fail_input("{}: its FP8 scales are rounded otherwise than those of a weight with the same input",
                 weight.name());
    set.needs_fp8 = true;
    set.fp8_scales_power_of_two = weight.activation_scales_power_of_two();
  }
}

LinearRunner::LinearRunner(ThreadPool& pool, CpuPath path)
    : pool_(pool), table_(product_table(path)), scratch_(std::make_unique<Scratch>()) {}
LinearRunner::~LinearRunner() = default;

std::uint64_t LinearRunner::scratch_bytes() const {
  const Scratch& s = *scratch_;
  return s.int8.size() + s.fp8.size() + s.fp8_scales.size() + s.panels.size() + s.gathered.size() +
         s.hidden.size() + s.partial.size();
}

void LinearRunner::prepare_activations() {
  Scratch& s = *scratch_;
  std::int64_t int8_bytes = 0;
  std::int64_t fp8_floats = 0;
  std::int64_t fp8_scales = 0;
  std::int64_t work = 0;
  std::vector<std::int64_t> first_tile;
  std::int64_t tiles = 0;
  for (TokenSet& set : s.sets) {
    first_tile.push_back(tiles);
    if (!set.needs_int8 && !set.needs_fp8) continue;
    tiles += TileCut(set.rows.rows).tiles;
    work += set.rows.rows * set.rows.columns;
    set.int8_at = int8_bytes;
    set.fp8_at = fp8_floats;
    set.scale_at = fp8_scales;
    if (set.needs_int8) int8_bytes += (set.rows.rows * set.int8_token_bytes() + 63) / 64 * 64;
    if (set.needs_fp8) {
      fp8_floats += set.rows.rows * set.fp8_stride();
      fp8_scales += set.rows.rows * set.fp8_scales();
    }
  }
  if (tiles == 0) return;
  s.int8.reserve(static_cast<std::uint64_t>(int8_bytes));
  s.fp8.reserve(static_cast<std::uint64_t>(fp8_floats) * sizeof(float));
  s.fp8_scales.reserve(static_cast<std::uint64_t>(fp8_scales) * sizeof(float));
  const bool serial = work <= kSerialActivations;
  const auto prepare = [&](std::int64_t item, int) {
    const auto after = std::upper_bound(first_tile.begin(), first_tile.end(), item);
    const auto index = static_cast<std::size_t>(after - first_tile.begin() - 1);
    const TokenSet& set = s.sets[index];
    const TileCut cut(set.rows.rows);
    const std::int64_t tile = item - first_tile[index];
    const std::int64_t first = cut.first(tile);
    const float* rows = set.rows.data + first * set.rows.stride;
    if (set.needs_int8) {
      auto* to =
          reinterpret_cast<std::uint8_t*>(s.int8.data()) + set.int8_at + first * set.int8_token_bytes();
      const bool for_others = serial && cut.tiles == 1 && pool_.size() > 1;
      const auto quantise = for_others ? table_.quantise_int8_for_others : table_.quantise_int8;
      quantise(to, rows, set.rows.stride, cut.count(tile), set.rows.columns);
    }
    if (set.needs_fp8) {
      for (std::int64_t t = first; t < first + cut.count(tile); ++t)
        table_.quantise_fp8(s.fp8.floats() + set.fp8_at + t * set.fp8_stride(),
                            s.fp8_scales.floats() + set.scale_at + t * set.fp8_scales(),
                            set.rows.data + t * set.rows.stride, set.rows.columns,
                            set.fp8_scales_power_of_two);
    }
  };
  if (serial) {
    for (std::int64_t item = 0; item < tiles; ++item) prepare(item, 0);
  } else {
    pool_.parallel_for(tiles, prepare);
  }
}

// Runs scratch_->jobs over scratch_->sets. Work is cut by panels, never along k.
void LinearRunner::run_jobs() {
  Scratch& s = *scratch_;
  prepare_activations();
  std::int64_t panels = 0;
  std::int64_t most_tokens = 0;
  std::uint64_t panel_bytes = 0;
  for (ProductJob& job : s.jobs) {
    job.first_panel = panels;
    panels += job.weight->panels();
    most_tokens = std::max(most_tokens, s.sets[job.set].rows.rows);
    panel_bytes = std::max(panel_bytes, job.weight->scratch_bytes() +
                                            (job.up != nullptr ? job.up->scratch_bytes() : std::uint64_t{0}));
  }
  s.panels.reserve(panel_bytes * static_cast<std::uint64_t>(pool_.size()));
  const auto run = [&](std::int64_t panel, std::int64_t last, int thread) {
    std::byte* own = s.panels.data() + panel_bytes * static_cast<std::uint64_t>(thread);
    const auto after =
        std::upper_bound(s.jobs.begin(), s.jobs.end(), panel,
                         [](std::int64_t at, const ProductJob& job) { return at < job.first_panel; });
    for (auto job = after - 1; panel < last; ++job) {
      const std::int64_t end = std::min(last - job->first_panel, job->weight->panels());
      const std::int64_t group = panels_at_once(*job);
      std::int64_t begin = panel - job->first_panel;
      for (; begin < end; begin += group) run_panels(*job, begin, std::min(begin + group, end), own);
      panel = job->first_panel + end;
    }
  };
  if (most_tokens <= kMaxTileTokens) {
    pool_.parallel_ranges(panels, run);
    return;
  }
  const std::int64_t piece = std::max<std::int64_t>(1, panels / (pool_.size() * kPiecesPerThread));
  pool_.parallel_for((panels + piece - 1) / piece, [&](std::int64_t i, int thread) {
    run(i * piece, std::min((i + 1) * piece, panels), thread);
  });
}

void LinearRunner::run_panels(const ProductJob& job, std::int64_t begin, std::int64_t end, std::byte* own) {
  const TokenSet& set = scratch_->sets[job.set];
  alignas(64) float tile[kMaxTileTokens * kPanelRows];
  alignas(64) float up_tile[kMaxTileTokens * kPanelRows];
  // One panel at a time where it has to be built; where panels are held ready, finding one costs nothing.
  std::byte* const own_up = own + job.weight->scratch_bytes();
  std::int64_t ready = begin;
  const std::byte* panel = job.weight->panel(begin, own);
  const std::byte* up_panel = job.up != nullptr ? job.up->panel(begin, own_up) : nullptr;
  const TileCut cut(set.rows.rows);
  for (std::int64_t i = 0; i < cut.tiles; ++i) {
    const std::int64_t first = cut.first(i);
    const int tokens = cut.count(i);
    const PreparedWeight::Activations seen = scratch_->activations(set, *job.weight, first, tokens);
    PreparedWeight::Activations up_seen;
    if (job.up != nullptr) up_seen = scratch_->activations(set, *job.up, first, tokens);
    for (std::int64_t p = begin; p < end; ++p) {
      if (ready != p) {
        ready = p;
        panel = job.weight->panel(p, own);
        if (job.up != nullptr) up_panel = job.up->panel(p, own_up);
      }
      job.weight->multiply(table_, p, panel, seen, tile);
      const int rows = job.weight->panel_rows(p);
      float* out = job.output + first * job.stride + p * kPanelRows;
      if (job.up == nullptr) {
        const float* bias = job.bias == nullptr ? nullptr : job.bias + p * kPanelRows;
        table_.finish(out, job.stride, tile, tokens, rows, bias);
      } else {
        job.up->multiply(table_, p, up_panel, up_seen, up_tile);
        table_.finish_gated(out, job.stride, tile, up_tile, tokens, rows, job.gate);
      }
    }
  }
}

PreparedWeight::Activations LinearRunner::Scratch::activations(const TokenSet& set,
                                                               const PreparedWeight& weight,
                                                               std::int64_t first, int tokens) const {
  PreparedWeight::Activations a;
  a.tokens = tokens;
  if (weight.form() == ProductForm::gguf) {
    a.int8 =
        reinterpret_cast<const std::uint8_t*>(int8.data()) + set.int8_at + first * set.int8_token_bytes();
  } else if (weight.form() == ProductForm::fp8) {
    a.floats = fp8.floats() + set.fp8_at + first * set.fp8_stride();
    a.stride = set.fp8_stride();
    a.fp8_scales = fp8_scales.floats() + set.scale_at + first * set.fp8_scales();
    a.fp8_scale_stride = set.fp8_scales();
  } else {
    a.floats = set.rows.data + first * set.rows.stride;
    a.stride = set.rows.stride;
  }
  return a;
}

void LinearRunner::linear(std::span<const LinearTask> tasks, const ConstRows& input) {
  Scratch& s = *scratch_;
  s.jobs.clear();
  s.sets.assign(1, TokenSet{.rows = input});
  for (const LinearTask& task : tasks) {
    check_output("linear", *task.weight, task.output, input.rows);
    require_form(s.sets[0], prepared(*task.weight));
    s.jobs.push_back({.weight = &prepared(*task.weight),
                      .output = task.output.data,
                      .stride = task.output.stride,
                      .bias = task.bias});
  }
  if (input.rows > 0 && !tasks.empty()) run_jobs();
}

void LinearRunner::gated_linear(const Rows& output, const ConstRows& input, const LinearWeight& gate,
                                const LinearWeight& up, Activation activation) {
  Scratch& s = *scratch_;
  s.jobs.clear();
  s.sets.assign(1, TokenSet{.rows = input});
  check_output("gated_linear", gate, output, input.rows);
  check_output("gated_linear", up, output, input.rows);
  require_form(s.sets[0], prepared(gate));
  require_form(s.sets[0], prepared(up));
  s.jobs.push_back({.weight = &prepared(gate),
                    .up = &prepared(up),
                    .gate = activation == Activation::silu ? kGateSilu : kGateGelu,
                    .output = output.data,
                    .stride = output.stride});
  if (input.rows > 0) run_jobs();
}

void LinearRunner::embed(const Rows& output, const LinearWeight& table, const std::int32_t* ids) {
  if (output.columns != table.columns() || output.stride < output.columns)
    fail_input("embed: output [{}, {}] does not take rows of {} [{}, {}]", output.rows, output.columns,
               table.name(), table.rows(), table.columns());
  for (std::int64_t t = 0; t < output.rows; ++t) {
    if (ids[t] < 0 || ids[t] >= table.rows())
      fail_input("embed: token id {} is outside {} with {} rows", ids[t], table.name(), table.rows());
  }
  const auto row = [&](std::int64_t t, int) { table.dequantise(ids[t], 1, output.data + t * output.stride); };
  if (output.rows * output.columns <= kSerialActivations) {
    for (std::int64_t t = 0; t < output.rows; ++t) row(t, 0);
  } else {
    pool_.parallel_for(output.rows, row);
  }
}

}  // namespace reckon::kernels::cpu
