#pragma once
// Small model files, right or wrong in one chosen way.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace reckon::test {

std::string little_endian(std::uint64_t value, int bytes);

/// Header length, header, data.
std::string safetensors_file(const std::string& header_json, const std::string& data);

/// A safetensors file of zero-filled tensors in the given order.
struct TensorSpec {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  int element_bytes;
  std::string data;  ///< "" for zeros
};
std::string safetensors_file(const std::vector<TensorSpec>& tensors);

/// Writes GGUF piece by piece; counts are those of what was added unless overridden.
class GgufBuilder {
 public:
  /// Takes a key away, so that it can be added with another value. It must be there.
  GgufBuilder& remove(const std::string& key);
  GgufBuilder& add_u32(const std::string& key, std::uint32_t value);
  GgufBuilder& add_f32(const std::string& key, float value);
  GgufBuilder& add_string(const std::string& key, const std::string& value);
  GgufBuilder& add_strings(const std::string& key, const std::vector<std::string>& values);
  GgufBuilder& add_raw(const std::string& key, std::uint32_t type, const std::string& value);
  /// Dimensions innermost first, as the file has them. The offset follows the previous tensor's end.
  GgufBuilder& add_tensor(const std::string& name, const std::vector<std::uint64_t>& dimensions,
                          std::uint32_t type, std::uint64_t bytes);
  /// The same with its data.
  GgufBuilder& add_tensor(const std::string& name, const std::vector<std::uint64_t>& dimensions,
                          std::uint32_t type, const std::string& data);
  GgufBuilder& add_bool(const std::string& key, bool value);
  GgufBuilder& add_tensor_at(const std::string& name, const std::vector<std::uint64_t>& dimensions,
                             std::uint32_t type, std::uint64_t offset, std::uint64_t bytes);

  std::uint32_t magic = 0x46554747;
  std::uint32_t version = 3;
  std::int64_t tensor_count = -1;  ///< -1: as many as were added
  std::int64_t key_count = -1;
  std::uint64_t missing_bytes = 0;  ///< left away at the end

  std::string build() const;

 private:
  std::vector<std::pair<std::string, std::string>> keys_;  ///< name, the whole entry
  std::string tensors_;
  std::vector<std::pair<std::uint64_t, std::string>> data_;  ///< offset, bytes
  std::uint64_t tensors_added_ = 0, data_bytes_ = 0;
};

/// A whole llama model of one layer: hidden 32, 2 heads, vocabulary of 4, feed-forward 64; all F32 or Q8_0.
GgufBuilder tiny_llama_gguf(bool quantised = false);

/// The same as a Hugging Face folder's files.
std::string tiny_llama_config();
std::string tiny_llama_safetensors();

/// The message of the Error that `action` throws; "" when it throws none.
std::string error_of(const std::function<void()>& action);

}  // namespace reckon::test
