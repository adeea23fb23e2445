#pragma once
// The mean of scores, as a threshold can be held against it. Only for the files of runners/graders.

#include <span>

namespace assay {

struct WeighedNumber {
  double value = 0;
  double weight = 1;
};

// The mean by weight. Equal values have that value for their mean, whatever the weights; of others it is rounded to 12
// digits after the point: 0.7 is not missed, or met, by what binary fractions cannot say. The weights are not negative,
// and one of them is above 0.
double WeighedMean(std::span<const WeighedNumber> numbers);

}  // namespace assay
