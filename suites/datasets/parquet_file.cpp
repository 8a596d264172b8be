// Rows of a Parquet file through Arrow, where the build found it.

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <cmath>

#include "base/error.h"
#include "suites/datasets/dataset.h"

namespace reckon::suites {
namespace {

using arrow::Type;

template <typename T>
T checked(arrow::Result<T> result, const std::string& path) {
  if (!result.ok()) fail_input("{}: not a readable Parquet file: {}", path, result.status().message());
  return std::move(result).ValueUnsafe();
}

/// Values of one column, named for messages.
class Cells {
 public:
  Cells(std::string where, json::Allocator& allocator) : where_(std::move(where)), allocator_(allocator) {}

  json::Value value(const arrow::Array& array, std::int64_t row) const {
    if (array.IsNull(row)) return {};
    switch (array.type_id()) {
      case Type::NA:
        return {};
      case Type::BOOL:
        return json::Value(as<arrow::BooleanArray>(array).Value(row));
      case Type::INT8:
        return json::Value(std::int64_t{as<arrow::Int8Array>(array).Value(row)});
      case Type::INT16:
        return json::Value(std::int64_t{as<arrow::Int16Array>(array).Value(row)});
      case Type::INT32:
        return json::Value(std::int64_t{as<arrow::Int32Array>(array).Value(row)});
      case Type::INT64:
        return json::Value(std::int64_t{as<arrow::Int64Array>(array).Value(row)});
      case Type::UINT8:
        return json::Value(std::uint64_t{as<arrow::UInt8Array>(array).Value(row)});
      case Type::UINT16:
        return json::Value(std::uint64_t{as<arrow::UInt16Array>(array).Value(row)});
      case Type::UINT32:
        return json::Value(std::uint64_t{as<arrow::UInt32Array>(array).Value(row)});
      case Type::UINT64:
        return json::Value(std::uint64_t{as<arrow::UInt64Array>(array).Value(row)});
      case Type::FLOAT:
        return number(static_cast<double>(as<arrow::FloatArray>(array).Value(row)));
      case Type::DOUBLE:
        return number(as<arrow::DoubleArray>(array).Value(row));
      case Type::STRING:
        return json::string(as<arrow::StringArray>(array).GetView(row), allocator_);
      case Type::LARGE_STRING:
        return json::string(as<arrow::LargeStringArray>(array).GetView(row), allocator_);
      case Type::LIST:
        return list(*as<arrow::ListArray>(array).value_slice(row));
      case Type::LARGE_LIST:
        return list(*as<arrow::LargeListArray>(array).value_slice(row));
      case Type::FIXED_SIZE_LIST:
        return list(*as<arrow::FixedSizeListArray>(array).value_slice(row));
      case Type::STRUCT:
        return object(as<arrow::StructArray>(array), row);
      case Type::DICTIONARY: {
        const auto& coded = as<arrow::DictionaryArray>(array);
        return value(*coded.dictionary(), coded.GetValueIndex(row));
      }
      case Type::DATE32:
      case Type::DATE64:
      case Type::TIMESTAMP:
      case Type::DECIMAL128:
        return json::string(checked(array.GetScalar(row), where_)->ToString(), allocator_);
      default:
        fail_input("{} has the type {}, which the rows of a suite cannot hold", where_,
                   array.type()->ToString());
    }
  }

 private:
  template <typename Array>
  static const Array& as(const arrow::Array& array) {
    return static_cast<const Array&>(array);
  }

  /// As Python writes them into JSON lines, where they are read as texts.
  json::Value number(double value) const {
    if (std::isfinite(value)) return json::Value(value);
    return json::string(std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity", allocator_);
  }

  json::Value list(const arrow::Array& items) const {
    json::Value made(rapidjson::kArrayType);
    for (std::int64_t i = 0; i < items.length(); ++i) made.PushBack(value(items, i), allocator_);
    return made;
  }

  json::Value object(const arrow::StructArray& fields, std::int64_t row) const {
    json::Value made(rapidjson::kObjectType);
    for (int i = 0; i < fields.num_fields(); ++i) {
      made.AddMember(json::string(fields.type()->field(i)->name(), allocator_), value(*fields.field(i), row),
                     allocator_);
    }
    return made;
  }

  std::string where_;
  json::Allocator& allocator_;
};

}  // namespace

bool reads_parquet() { return true; }

std::vector<DatasetRow> read_parquet(const std::string& path, const DatasetLimits& limits) {
  const auto file = checked(arrow::io::ReadableFile::Open(path), path);
  const auto reader = checked(parquet::arrow::OpenFile(file, arrow::default_memory_pool()), path);
  const auto metadata = reader->parquet_reader()->metadata();
  if (metadata->num_rows() < 0 || static_cast<std::uint64_t>(metadata->num_rows()) > limits.max_rows) {
    fail_input("{}: {} rows, more than {}", path, metadata->num_rows(), limits.max_rows);
  }
  std::uint64_t bytes = 0;
  for (int group = 0; group < metadata->num_row_groups(); ++group) {
    bytes +=
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, metadata->RowGroup(group)->total_byte_size()));
  }
  if (bytes > limits.max_file_bytes) {
    fail_input("{}: {} bytes once decompressed, more than {}", path, bytes, limits.max_file_bytes);
  }
  const auto batches = checked(reader->GetRecordBatchReader(), path);
  std::vector<DatasetRow> rows;
  while (const std::shared_ptr<arrow::RecordBatch> batch = checked(batches->Next(), path)) {
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      json::Document document(rapidjson::kObjectType);
      auto& allocator = document.GetAllocator();
      for (int column = 0; column < batch->num_columns(); ++column) {
        const std::string& name = batch->column_name(column);
        const Cells cells(fmt::format("{}: the column '{}'", path, name), allocator);
        document.AddMember(json::string(name, allocator), cells.value(*batch->column(column), row),
                           allocator);
      }
      rows.push_back({json::dump(document), fmt::format("{}: row {}", path, rows.size() + 1)});
    }
  }
  return rows;
}

}  // namespace reckon::suites
