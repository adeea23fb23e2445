#include "tests/testing/tiny_model/language_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

#include "core/file.h"

namespace assay::testing {
namespace {

constexpr std::size_t kHeaderNumbers = 7;
constexpr std::size_t kMostModelBytes = 64u << 20;
constexpr float kNormEpsilon = 1e-5F;
constexpr float kRotationBase = 10'000.0F;

using Numbers = std::span<const float>;

std::size_t Size(int number) { return static_cast<std::size_t>(number); }

// Row `index` of a matrix whose rows have `width` numbers; or part `index` of numbers of many layers.
Numbers Part(Numbers numbers, int index, std::size_t width) { return numbers.subspan(Size(index) * width, width); }
std::span<float> Part(std::span<float> numbers, int index, std::size_t width) {
  return numbers.subspan(Size(index) * width, width);
}

float Dot(Numbers a, Numbers b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F); }

// `matrix` has a row of in.size() numbers for each of out.
void Multiply(Numbers matrix, Numbers in, std::span<float> out) {
  for (std::size_t row = 0; row < out.size(); ++row) out[row] = Dot(matrix.subspan(row * in.size(), in.size()), in);
}

std::vector<float> Product(Numbers matrix, Numbers in, int rows) {
  std::vector<float> out(Size(rows));
  Multiply(matrix, in, out);
  return out;
}

std::vector<float> Normalized(Numbers in, Numbers weights) {
  const float scale = 1.0F / std::sqrt(Dot(in, in) / static_cast<float>(in.size()) + kNormEpsilon);
  std::vector<float> out(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) out[i] = in[i] * scale * weights[i];
  return out;
}

void Add(std::span<float> to, Numbers what) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += what[i];
}

// Turns each pair of numbers of each head by an angle that grows with the position, the more the nearer to the front.
void Rotate(std::span<float> heads, int head_width, int position) {
  for (std::size_t i = 0; i + 1 < heads.size(); i += 2) {
    const float place = static_cast<float>(i % Size(head_width)) / static_cast<float>(head_width);
    const float angle = static_cast<float>(position) * std::pow(kRotationBase, -place);
    const float a = heads[i];
    const float b = heads[i + 1];
    heads[i] = a * std::cos(angle) - b * std::sin(angle);
    heads[i + 1] = a * std::sin(angle) + b * std::cos(angle);
  }
}

void MakeShares(std::span<float> weights) {
  const float most = *std::ranges::max_element(weights);
  float sum = 0;
  for (float& weight : weights) sum += weight = std::exp(weight - most);
  for (float& weight : weights) weight /= sum;
}

bool IsPlausible(const LanguageModel::Shape& shape) {
  const std::array sizes = {shape.width,     shape.hidden,     shape.layers, shape.heads,
                            shape.key_heads, shape.vocabulary, shape.context};
  const bool is_bounded = std::ranges::all_of(sizes, [](int size) { return size > 0 && size <= 1 << 16; });
  return is_bounded && shape.width % (2 * shape.heads) == 0 && shape.heads % shape.key_heads == 0;
}

// Takes the parts of a file one after the other.
class Cutter {
 public:
  explicit Cutter(Numbers numbers) : rest_(numbers) {}
  // Empty when there is not enough left.
  Numbers Next(std::size_t count) {
    const bool is_there = count <= rest_.size();
    is_short_ |= !is_there;
    const Numbers part = is_there ? rest_.first(count) : Numbers();
    if (is_there) rest_ = rest_.subspan(count);
    return part;
  }
  bool is_at_end() const { return !is_short_ && rest_.empty(); }

 private:
  Numbers rest_;
  bool is_short_ = false;
};

}  // namespace

std::optional<std::filesystem::path> TinyModelFolder() {
  std::filesystem::path folder = std::filesystem::path(ASSAY_SOURCE_DIR).parent_path() / "shared" / "data" / "tiny_lm";
  std::error_code ignored;
  if (!std::filesystem::exists(folder / "stories260K.bin", ignored)) return std::nullopt;
  return folder;
}

Result<LanguageModel> LanguageModel::Load(const std::filesystem::path& file) {
  const auto fail = [&file](const std::string& why) {
    return Fail(ErrorCode::kInvalidArgument, file.string() + ": " + why);
  };
  ASSAY_ASSIGN(const std::string bytes, ReadFile(file, kMostModelBytes));
  std::array<std::int32_t, kHeaderNumbers> header{};
  if (bytes.size() < sizeof(header)) return fail("no header of a model");
  std::memcpy(header.data(), bytes.data(), sizeof(header));

  LanguageModel model;
  model.shape_ = {.width = header[0],
                  .hidden = header[1],
                  .layers = header[2],
                  .heads = header[3],
                  .key_heads = header[4],
                  .vocabulary = std::abs(header[5]),
                  .context = header[6]};
  const bool has_classifier = header[5] < 0;  // else the embedding is used again
  const Shape& shape = model.shape_;
  if (!IsPlausible(shape)) return fail("the sizes in its header are those of no model");
  std::vector<float> numbers((bytes.size() - sizeof(header)) / sizeof(float));
  std::memcpy(numbers.data(), bytes.data() + sizeof(header), numbers.size() * sizeof(float));
  model.numbers_ = std::make_shared<const std::vector<float>>(std::move(numbers));

  const std::size_t width = Size(shape.width);
  const std::size_t layers = Size(shape.layers);
  const std::size_t key_width = Size(shape.key_width());
  const std::size_t hidden = Size(shape.hidden);
  Cutter cutter(*model.numbers_);
  Weights& weights = model.weights_;
  weights.embedding = cutter.Next(Size(shape.vocabulary) * width);
  weights.attention_norm = cutter.Next(layers * width);
  weights.query = cutter.Next(layers * width * width);
  weights.key = cutter.Next(layers * width * key_width);
  weights.value = cutter.Next(layers * width * key_width);
  weights.output = cutter.Next(layers * width * width);
  weights.feed_norm = cutter.Next(layers * width);
  weights.gate = cutter.Next(layers * width * hidden);
  weights.down = cutter.Next(layers * width * hidden);
  weights.up = cutter.Next(layers * width * hidden);
  weights.final_norm = cutter.Next(width);
  cutter.Next(Size(shape.context) * Size(shape.head_width()));  // tables of the rotation, which is computed here
  weights.classifier = has_classifier ? cutter.Next(Size(shape.vocabulary) * width) : weights.embedding;
  if (!cutter.is_at_end()) return fail("its size does not fit its header");
  return model;
}

Session::Session(const LanguageModel& model)
    : model_(model),
      keys_(Size(model.shape().layers) * Size(model.shape().context) * Size(model.shape().key_width())),
      values_(keys_.size()),
      logits_(Size(model.shape().vocabulary)) {}

std::span<const float> Session::Take(int token) {
  const auto& weights = model_.weights_;
  const Numbers vector = Part(weights.embedding, token, Size(model_.shape_.width));
  state_.assign(vector.begin(), vector.end());
  for (int layer = 0; layer < model_.shape_.layers; ++layer) {
    Attend(layer);
    Feed(layer);
  }
  ++length_;
  Multiply(weights.classifier, Normalized(state_, weights.final_norm), logits_);
  return logits_;
}

void Session::Attend(int layer) {
  const LanguageModel::Shape& shape = model_.shape_;
  const auto& weights = model_.weights_;
  const std::size_t width = Size(shape.width);
  const std::size_t key_width = Size(shape.key_width());
  const std::size_t head_width = Size(shape.head_width());
  const std::size_t layer_size = Size(shape.context) * key_width;
  const std::span<float> keys = Part(std::span(keys_), layer, layer_size);
  const std::span<float> values = Part(std::span(values_), layer, layer_size);
  const std::span<float> key = Part(keys, length_, key_width);
  const std::span<float> value = Part(values, length_, key_width);

  const std::vector<float> in = Normalized(state_, Part(weights.attention_norm, layer, width));
  std::vector<float> query = Product(Part(weights.query, layer, width * width), in, shape.width);
  Multiply(Part(weights.key, layer, width * key_width), in, key);
  Multiply(Part(weights.value, layer, width * key_width), in, value);
  Rotate(query, shape.head_width(), length_);
  Rotate(key, shape.head_width(), length_);

  std::vector<float> attended(width);
  std::vector<float> shares(Size(length_) + 1);
  for (int head = 0; head < shape.heads; ++head) {
    const std::size_t key_head = Size(head / (shape.heads / shape.key_heads)) * head_width;
    const Numbers asked = Part(Numbers(query), head, head_width);
    for (std::size_t at = 0; at < shares.size(); ++at) {
      shares[at] =
          Dot(asked, keys.subspan(at * key_width + key_head, head_width)) / std::sqrt(static_cast<float>(head_width));
    }
    MakeShares(shares);
    const std::span<float> out = Part(std::span(attended), head, head_width);
    for (std::size_t at = 0; at < shares.size(); ++at) {
      const Numbers seen = values.subspan(at * key_width + key_head, head_width);
      for (std::size_t i = 0; i < head_width; ++i) out[i] += shares[at] * seen[i];
    }
  }
  Add(state_, Product(Part(weights.output, layer, width * width), attended, shape.width));
}

void Session::Feed(int layer) {
  const LanguageModel::Shape& shape = model_.shape_;
  const auto& weights = model_.weights_;
  const std::size_t matrix = Size(shape.width) * Size(shape.hidden);
  const std::vector<float> in = Normalized(state_, Part(weights.feed_norm, layer, Size(shape.width)));
  std::vector<float> hidden = Product(Part(weights.gate, layer, matrix), in, shape.hidden);
  const std::vector<float> up = Product(Part(weights.up, layer, matrix), in, shape.hidden);
  for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] *= up[i] / (1.0F + std::exp(-hidden[i]));
  Add(state_, Product(Part(weights.down, layer, matrix), hidden, shape.width));
}

}  // namespace assay::testing
