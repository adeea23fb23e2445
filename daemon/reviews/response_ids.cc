#include "daemon/reviews/response_ids.h"

namespace assay {

std::optional<ResponseIds> ResponseIds::Between(const ItemContent& from, const ItemContent& to) {
  if (from.responses.size() != to.responses.size()) return std::nullopt;
  std::map<std::string, std::string> ids;
  for (std::size_t i = 0; i < from.responses.size(); ++i) ids.emplace(from.responses[i].id, to.responses[i].id);
  return ResponseIds(std::move(ids));
}

std::string ResponseIds::Of(const std::string& id) const {
  const auto found = ids_.find(id);
  return found == ids_.end() ? id : found->second;
}

Opinion ResponseIds::Of(Opinion opinion) const {
  if (auto* pair = std::get_if<PairwiseAnswers>(&opinion.answers)) {
    pair->winner = Of(pair->winner);
    for (CriterionWinner& each : pair->criteria) each.winner = Of(each.winner);
  }
  if (auto* ranking = std::get_if<RankingAnswers>(&opinion.answers)) {
    for (std::vector<std::string>& rank : ranking->ranks) {
      for (std::string& id : rank) id = Of(id);
    }
  }
  return opinion;
}

ItemContent ResponseIds::Of(ItemContent content) const {
  for (ShownResponse& response : content.responses) response.id = Of(response.id);
  for (ResponseSource& source : content.sources) source.response = Of(source.response);
  if (content.suggestion) content.suggestion->opinion = Of(content.suggestion->opinion);
  return content;
}

ReviewSubject ResponseIds::Of(ReviewSubject subject) const {
  for (std::string& id : subject.responses) id = Of(id);
  return subject;
}

}  // namespace assay
