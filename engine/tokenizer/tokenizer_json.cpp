// Hugging Face's tokenizer.json and tokenizer_config.json.

#include <algorithm>
#include <map>
#include <unordered_set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/utf8.h"
#include "engine/tokenizer/bpe_tokenizer.h"

namespace reckon::engine {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{512} << 20;
constexpr std::size_t kMaxAddedTokenBytes = 1024;

std::string text_of(const json::Value& value) { return {value.GetString(), value.GetStringLength()}; }

class Loader {
 public:
  Loader(const std::string& path, const std::string& config_path)
      : path_(path), document_(json::parse_file(path, {.max_bytes = kMaxFileBytes})), root_(document_, path) {
    if (!config_path.empty()) config_ = json::parse_file(config_path, {.max_bytes = kMaxFileBytes});
    config_path_ = config_path;
  }

  std::unique_ptr<Tokenizer> load() {
    TokenizerParts parts;
    parts.source = path_;
    read_model_vocabulary();
    parts.added_tokens = read_added_tokens();
    parts.vocabulary = std::make_unique<Vocabulary>(std::move(pieces_));
    vocabulary_ = parts.vocabulary.get();
    parts.model = read_model();
    if (const auto* section = root_.find("normalizer")) {
      parts.normalizer = make_normalizer(*section, path_ + ": normalizer");
    }
    if (const auto* section = root_.find("pre_tokenizer")) {
      parts.pre_tokenizer = make_pre_tokenizer(*section, path_ + ": pre_tokenizer");
    }
    if (const auto* section = root_.find("decoder")) {
      parts.decoder = make_decoder(*section, path_ + ": decoder");
    }
    if (const auto* section = root_.find("post_processor")) {
      read_post_processor(*section, path_ + ": post_processor", parts);
    }
    read_config(parts);
    return make_bpe_tokenizer(std::move(parts));
  }

 private:
  void place(const std::string& piece, TokenId id, const std::string& where) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= pieces_.size()) pieces_.resize(index + 1);
    if (!pieces_[index].empty() && pieces_[index] != piece) {
      fail_input("{}: id {} is given to both '{}' and '{}'", where, id, pieces_[index], piece);
    }
    pieces_[index] = piece;
  }

  void read_model_vocabulary() {
    const auto model = root_.get_object("model");
    const std::string type = model.get_string("type", "BPE");
    if (type != "BPE") {
      fail_input("{}: model type '{}' is not supported (known: BPE); use the model's GGUF file if it has one",
                 path_, type);
    }
    const std::string where = model.where() + ": vocab";
    const auto vocabulary = model.get_object("vocab");
    const json::Value& members = *model.find("vocab");
    if (members.MemberCount() > static_cast<std::size_t>(kMaxVocabulary)) {
      fail_input("{}: {} tokens, more than the {} allowed", where, members.MemberCount(), kMaxVocabulary);
    }
    for (const auto& member : members.GetObject()) {
      const std::string piece = text_of(member.name);
      if (!member.value.IsInt() || member.value.GetInt() < 0 || member.value.GetInt() >= kMaxVocabulary) {
        fail_input("{}: the id of '{}' should be an integer from 0 to {}", where, piece, kMaxVocabulary - 1);
      }
      if (piece.empty()) continue;
      if (!model_ids_.emplace(piece, member.value.GetInt()).second) {
        fail_input("{}: token '{}' is there twice", where, piece);
      }
      place(piece, member.value.GetInt(), where);
    }
    if (model_ids_.empty()) fail_input("{}: no tokens", where);
  }

  std::vector<AddedToken> read_added_tokens() {
    std::vector<AddedToken> tokens;
    if (!root_.has("added_tokens")) return tokens;
    std::size_t index = 0;
    for (const auto& entry : root_.get_array("added_tokens").GetArray()) {
      const json::ObjectReader reader(entry, fmt::format("{}: added_tokens[{}]", path_, index++));
      AddedToken token;
      token.content = reader.get_string("content");
      token.id = static_cast<TokenId>(reader.get_int("id", 0, kMaxVocabulary - 1));
      token.single_word = reader.get_bool("single_word", false);
      token.lstrip = reader.get_bool("lstrip", false);
      token.rstrip = reader.get_bool("rstrip", false);
      token.special = reader.get_bool("special", false);
      token.normalized = reader.get_bool("normalized", !token.special);
      if (token.content.empty()) continue;
      if (token.content.size() > kMaxAddedTokenBytes) {
        fail_input("{}: an added token of {} bytes, more than the {} allowed", reader.where(),
                   token.content.size(), kMaxAddedTokenBytes);
      }
      // A token that the model knows keeps the model's id.
      const auto known = model_ids_.find(token.content);
      if (known != model_ids_.end()) {
        token.id = known->second;
      } else {
        place(token.content, token.id, reader.where());
      }
      tokens.push_back(std::move(token));
    }
    return tokens;
  }

  TokenId require_piece(const std::string& piece, const std::string& where) const {
    const TokenId id = vocabulary_->id_of(piece);
    if (id < 0) fail_input("{}: '{}' is not in the vocabulary", where, piece);
    return id;
  }

  std::unique_ptr<BpeModel> read_model() {
    const auto model = root_.get_object("model");
    if (model.get_number("dropout", 0) != 0) {
      fail_input("{}: dropout would make encoding random; set it to null", model.where());
    }
    BpeSettings settings;
    settings.continuing_prefix = model.get_string("continuing_subword_prefix", "");
    settings.end_of_word_suffix = model.get_string("end_of_word_suffix", "");
    settings.fuse_unknown = model.get_bool("fuse_unk", false);
    settings.byte_fallback = model.get_bool("byte_fallback", false);
    settings.ignore_merges = model.get_bool("ignore_merges", false);
    if (const std::string unknown = model.get_string("unk_token", ""); !unknown.empty()) {
      settings.unknown = require_piece(unknown, model.where() + ": unk_token");
    }
    const json::Value& merges = model.get_array("merges");
    MergeTable table(merges.Size());
    for (rapidjson::SizeType rank = 0; rank < merges.Size(); ++rank) {
      const auto [left, right] = read_merge(merges[rank], rank);
      const std::string where = fmt::format("{}: merges[{}]", model.where(), rank);
      std::string_view tail = right;
      if (!settings.continuing_prefix.empty() && tail.starts_with(settings.continuing_prefix)) {
        tail.remove_prefix(settings.continuing_prefix.size());
      }
      const TokenId result = require_piece(left + std::string(tail), where);
      table.insert(require_piece(left, where), require_piece(right, where), {rank, result});
    }
    return std::make_unique<BpeModel>(*vocabulary_, std::move(table), std::move(settings));
  }

  std::pair<std::string, std::string> read_merge(const json::Value& merge, rapidjson::SizeType rank) const {
    if (merge.IsArray() && merge.Size() == 2 && merge[0].IsString() && merge[1].IsString()) {
      return {text_of(merge[0]), text_of(merge[1])};
    }
    if (merge.IsString()) {
      const std::string text = text_of(merge);
      const std::size_t space = text.find(' ');
      if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos) {
        return {text.substr(0, space), text.substr(space + 1)};
      }
    }
    fail_input("{}: model: merges[{}] should be two pieces: \"left right\" or [\"left\", \"right\"]", path_,
               rank);
  }

  void read_post_processor(const json::Value& section, const std::string& where, TokenizerParts& parts) {
    const json::ObjectReader reader(section, where);
    const std::string type = reader.get_string("type");
    if (type == "ByteLevel") return;  // changes offsets only
    if (type == "Sequence") {
      std::size_t index = 0;
      for (const auto& step : reader.get_array("processors").GetArray()) {
        read_post_processor(step, fmt::format("{}: processors[{}]", where, index++), parts);
      }
    } else if (type == "TemplateProcessing") {
      read_template(reader, parts);
    } else if (type == "RobertaProcessing" || type == "BertProcessing") {
      parts.prefix.insert(parts.prefix.begin(), pair_id(reader, "cls"));
      parts.suffix.push_back(pair_id(reader, "sep"));
    } else {
      fail_input(
          "{}: post-processor type '{}' is not supported (known: TemplateProcessing, ByteLevel, "
          "RobertaProcessing, BertProcessing, Sequence)",
          where, type);
    }
  }

  // ["<s>", 0]
  TokenId pair_id(const json::ObjectReader& reader, const char* key) const {
    const json::Value& pair = reader.get_array(key);
    if (pair.Size() != 2 || !pair[0].IsString()) {
      fail_input("{}: field '{}' should be [token, id]", reader.where(), key);
    }
    return require_piece(text_of(pair[0]), reader.where());
  }

  void read_template(const json::ObjectReader& reader, TokenizerParts& parts) {
    std::vector<TokenId> prefix;
    std::vector<TokenId> suffix;
    bool behind = false;
    std::size_t index = 0;
    for (const auto& entry : reader.get_array("single").GetArray()) {
      const json::ObjectReader step(entry, fmt::format("{}: single[{}]", reader.where(), index++));
      if (step.has("Sequence")) {
        if (behind) fail_input("{}: the text appears twice", step.where());
        behind = true;
      } else {
        const std::string name = step.get_object("SpecialToken").get_string("id");
        auto& ids = behind ? suffix : prefix;
        const auto tokens = reader.get_object("special_tokens");
        const auto token = tokens.get_object(name.c_str());
        for (const auto& id : token.get_array("ids").GetArray()) {
          if (!id.IsInt()) fail_input("{}: field 'ids' should hold integers", token.where());
          ids.push_back(id.GetInt());
        }
      }
    }
    if (!behind) fail_input("{}: single: has no place for the text", reader.where());
    parts.prefix.insert(parts.prefix.begin(), prefix.begin(), prefix.end());
    parts.suffix.insert(parts.suffix.end(), suffix.begin(), suffix.end());
  }

  // "bos_token": "<s>" or {"content": "<s>", ...}; absent, null or not in the vocabulary: none.
  std::optional<TokenId> config_token(const json::ObjectReader& config, const char* key) const {
    const json::Value* value = config.find(key);
    if (value == nullptr) return std::nullopt;
    const std::string content =
        value->IsObject() ? config.get_object(key).get_string("content") : config.get_string(key);
    return vocabulary_->find(content);
  }

  void read_config(TokenizerParts& parts) {
    if (config_path_.empty()) return;
    const json::ObjectReader config(config_, config_path_);
    parts.bos_token = config_token(config, "bos_token");
    parts.eos_token = config_token(config, "eos_token");
    // As transformers 5: when the config says which of the two to add, the file's post-processor is not used.
    if (!config.has("add_bos_token") && !config.has("add_eos_token")) return;
    parts.prefix.clear();
    parts.suffix.clear();
    if (config.get_bool("add_bos_token", false) && parts.bos_token) parts.prefix = {*parts.bos_token};
    if (config.get_bool("add_eos_token", false) && parts.eos_token) parts.suffix = {*parts.eos_token};
  }

  std::string path_;
  std::string config_path_;
  json::Document document_;
  json::Document config_;
  json::ObjectReader root_;
  std::unordered_map<std::string, TokenId> model_ids_;
  std::vector<std::string> pieces_;
  const Vocabulary* vocabulary_ = nullptr;
};

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer_json(const std::string& tokenizer_json_path,
                                               const std::string& tokenizer_config_path) {
  return Loader(tokenizer_json_path, tokenizer_config_path).load();
}

}  // namespace reckon::engine
