// Small valid model files with random damage: opening them succeeds, or is an Error that calls it bad input
// and names the file; it never crashes.

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "engine/model/model_source.h"
#include "tests/engine/formats/file_builders.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

constexpr int kCases = 1000;

// Flips bytes, copies a piece elsewhere, or cuts the end; mostly near the start, where the directory is.
std::string damage(std::string file, std::mt19937& random) {
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, std::max<std::size_t>(limit, 1) - 1)(random);
  };
  const int changes = 1 + static_cast<int>(below(4));
  for (int i = 0; i < changes; ++i) {
    const std::size_t reach = below(4) == 0 ? file.size() : std::min<std::size_t>(file.size(), 1500);
    const std::size_t place = below(reach);
    switch (below(4)) {
      case 0:
        file[place] = static_cast<char>(below(256));
        break;
      case 1:
        file[place] = static_cast<char>(file[place] ^ (1 << below(8)));
        break;
      case 2: {
        const std::size_t length = std::min(below(24) + 1, file.size() - place);
        file.replace(place, length, file.substr(below(file.size() - length + 1), length));
        break;
      }
      default:
        if (below(8) == 0) file.resize(place + 1);
        break;
    }
  }
  return file;
}

void expect_blamed(const Error& error, const std::string& path) {
  EXPECT_EQ(error.code(), ExitCode::bad_input) << error.what();
  EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
}

// Asks for every tensor that the files list, in the shape that they list it with.
void touch_everything(const engine::ModelSource& source, const std::string& path) {
  for (const engine::TensorRecord& record : source.tensors()) {
    if (record.shape.empty()) continue;
    engine::TensorRequest request{record.name, 1, record.shape.back(), engine::TensorRole::norm};
    if (record.shape.size() > 1) {
      request.rows = record.shape[record.shape.size() - 2];
      request.role = engine::TensorRole::linear;
    }
    try {
      const auto tensor = source.tensor(request);
      if (!tensor.data.empty()) {
        volatile std::byte last = tensor.data.back();
        static_cast<void>(last);
      }
    } catch (const Error& error) {
      expect_blamed(error, path);
    }
  }
}

void open_damaged(const TemporaryFolder& folder, const std::string& file, const std::string& content,
                  const std::string& model, std::uint32_t seed, int& opened) {
  std::mt19937 random(seed);
  for (int i = 0; i < kCases; ++i) {
    SCOPED_TRACE(i);
    const std::string path = folder.write(file, damage(content, random));
    try {
      const auto source = engine::ModelSource::open(model);
      touch_everything(*source, path);
      ++opened;
    } catch (const Error& error) {
      expect_blamed(error, path);
    }
  }
}

TEST(Fuzz, Gguf) {
  const TemporaryFolder folder;
  int opened = 0;
  open_damaged(folder, "m.gguf", tiny_llama_gguf(true).build(), folder.file("m.gguf"), 1, opened);
  EXPECT_GT(opened, 0) << "the damage always hit: nothing beyond the first check was tried";
  EXPECT_LT(opened, kCases);
}

TEST(Fuzz, Safetensors) {
  const TemporaryFolder folder;
  folder.write("config.json", tiny_llama_config());
  int opened = 0;
  open_damaged(folder, "model.safetensors", tiny_llama_safetensors(), folder.path(), 2, opened);
  EXPECT_GT(opened, 0);
  EXPECT_LT(opened, kCases);
}

TEST(Fuzz, Config) {
  const TemporaryFolder folder;
  folder.write("model.safetensors", tiny_llama_safetensors());
  int opened = 0;
  open_damaged(folder, "config.json", tiny_llama_config(), folder.path(), 3, opened);
  EXPECT_GT(opened, 0);
  EXPECT_LT(opened, kCases);
}

}  // namespace
}  // namespace reckon::test
