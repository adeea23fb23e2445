#include "review/interchange/calibration_pack.h"

#include <algorithm>

#include "review/interchange/text_budget.h"
#include "review/struct_json.h"

namespace assay {
namespace {

std::string RatingKey(const ReviewRating& rating) { return rating.criterion + "\n" + rating.unit; }

Json NamesOf(const std::vector<std::string>& people, const PersonNaming& naming) {
  Json::Array names;
  for (const std::string& person : people) names.emplace_back(naming.NameOf(person));
  return names;
}

Json TextsJson(const RecordTexts& texts, TextBudget& budget) {
  Json::Array prompt, responses, parts;
  for (const Message& message : texts.prompt)
    prompt.push_back(Json::Of({{"role", Name(message.role)}, {"content", budget.Take(message.content)}}));
  // Neither models nor versions: whose they are is nothing to learn by.
  for (const RecordResponse& response : texts.responses)
    responses.push_back(Json::Of({{"id", response.id}, {"text", budget.Take(response.text)}}));
  for (const RecordPart& part : texts.parts)
    parts.push_back(Json::Of({{"id", part.id}, {"text", budget.Take(part.text)}}));
  return Json::Of({{"prompt", std::move(prompt)},
                   {"reference", budget.Take(texts.reference)},
                   {"context", budget.Take(texts.context)},
                   {"responses", std::move(responses)},
                   {"parts", std::move(parts)}});
}

Json OpinionJson(Opinion opinion, bool shows_words, TextBudget& budget) {
  if (auto* correction = std::get_if<CorrectionAnswers>(&opinion.answers))
    correction->expected = shows_words ? budget.Take(correction->expected) : "";
  return ToJson(opinion);
}

Json AnswerJson(const Judgement& judgement, const CalibrationCell* cell, const PersonNaming& naming, bool shows_words,
                TextBudget& budget) {
  const JudgementContent& content = judgement.content;
  return Json::Of({{"person", naming.NameOf(judgement.person)},
                   {"at", FormatTime(judgement.at)},
                   {"opinion", OpinionJson(content.opinion, shows_words, budget)},
                   {"match", cell == nullptr ? Json() : Json(WordOfMatch(cell->match))},
                   {"rationale", shows_words ? budget.Take(content.rationale) : ""},
                   {"clauses", WriteValue(content.clauses)},
                   {"is_ambiguous", content.is_ambiguous},
                   {"proposal", shows_words ? budget.Take(content.proposal) : ""},
                   {"rubric_version", ToString(content.rubric_version)}});
}

Json RulingsJson(const CalibrationPack& pack, const CalibrationPackItem& item, TextBudget& budget) {
  const bool shows_words = item.withheld.empty();
  Json::Array rulings;
  for (const CalibrationRuling& ruling : pack.session.rulings) {
    if (ruling.item != item.record.item.id) continue;
    rulings.push_back(Json::Of({{"opinion", OpinionJson(ruling.opinion, shows_words, budget)},
                                {"note", shows_words ? budget.Take(ruling.note) : ""},
                                {"clause", ruling.clause},
                                {"by", pack.naming.NameOf(ruling.by)},
                                {"at", FormatTime(ruling.at)}}));
  }
  return rulings;
}

Json EscalationsJson(const CalibrationPack& pack, const CalibrationRow& row, bool shows_words, TextBudget& budget) {
  Json::Array escalations;
  for (const ReviewEscalation& asked : row.escalations) {
    escalations.push_back(Json::Of({{"person", pack.naming.NameOf(asked.by)},
                                    {"reason", WordOf(asked.reason)},
                                    {"route", WordOf(asked.route)},
                                    {"clause", asked.clause},
                                    {"note", shows_words ? budget.Take(asked.note) : ""},
                                    {"at", FormatTime(asked.at)}}));
  }
  return escalations;
}

Json DisagreementsJson(const CalibrationPack& pack, const CalibrationRow& row) {
  Json::Array log;
  for (const Disagreement& each : DisagreementsOf(row, pack.rubric)) {
    Json::Array said;
    for (const auto& [category, people] : each.said)
      said.push_back(Json::Of({{"answer", category}, {"people", NamesOf(people, pack.naming)}}));
    log.push_back(Json::Of({{"criterion", each.criterion}, {"unit", each.unit}, {"said", std::move(said)}}));
  }
  return log;
}

Json ItemJson(const CalibrationPack& pack, const CalibrationRow& row, const CalibrationPackItem& item,
              TextBudget& budget) {
  const ReviewItem& of = item.record.item;
  const bool shows_words = item.withheld.empty();
  Json::Array answers;
  for (const CalibrationCell& cell : row.cells) {
    const Judgement* judgement = AnswerOf(item.record, cell.person);
    if (judgement != nullptr) answers.push_back(AnswerJson(*judgement, &cell, pack.naming, shows_words, budget));
  }
  return Json::Of({{"item", of.id},
                   {"source", item.source},
                   {"suite", of.suite},
                   {"case_id", of.case_id},
                   {"kind", WordOf(of.subject.kind)},
                   {"data_class", of.data_class},
                   {"withheld", item.withheld},
                   {"texts", shows_words ? TextsJson(item.record.texts, budget) : Json()},
                   {"answers", std::move(answers)},
                   {"disagreement", row.disagreement},
                   {"differs_on", DisagreementsJson(pack, row)},
                   {"escalations", EscalationsJson(pack, row, shows_words, budget)},
                   {"rulings", RulingsJson(pack, item, budget)}});
}

Json AgreementJson(const std::vector<CriterionAgreement>& agreements) {
  Json::Array list;
  for (const CriterionAgreement& each : agreements) {
    list.push_back(Json::Of({{"criterion", each.criterion},
                             {"units", each.units},
                             {"ratings", each.ratings},
                             {"percent", WriteValue(each.percent)},
                             {"alpha", WriteValue(each.alpha)},
                             {"alpha_lower", WriteValue(each.alpha_lower)},
                             {"alpha_upper", WriteValue(each.alpha_upper)},
                             {"ac1", WriteValue(each.ac1)},
                             {"ac1_lower", WriteValue(each.ac1_lower)},
                             {"note", each.note}}));
  }
  return list;
}

Json PeopleJson(const CalibrationPack& pack) {
  Json::Array people;
  for (const CalibrationReport::PersonRow& row : pack.report.people)
    people.push_back(Json::Of({{"person", pack.naming.NameOf(row.person)},
                               {"judged", row.judged},
                               {"right", row.right},
                               {"escalated", row.escalated}}));
  return people;
}

bool AskedOf(const CalibrationPack& pack, const std::string& item, const std::string& clause) {
  const auto row = std::ranges::find(pack.grid, item, &CalibrationRow::item);
  return row != pack.grid.end() &&
         std::ranges::find(row->escalations, clause, &ReviewEscalation::clause) != row->escalations.end();
}

// Of the items of the session, those whose rulings, answers or escalations name that clause.
Json CitingItems(const CalibrationPack& pack, const std::string& clause) {
  Json::Array items;
  for (const CalibrationPackItem& item : pack.items) {
    const bool is_ruled = std::ranges::any_of(pack.session.rulings, [&](const CalibrationRuling& ruling) {
      return ruling.item == item.record.item.id && ruling.clause == clause;
    });
    const bool is_named = std::ranges::any_of(item.record.judgements, [&](const Judgement& judgement) {
      return std::ranges::find(judgement.content.clauses, clause) != judgement.content.clauses.end();
    });
    if (is_ruled || is_named || AskedOf(pack, item.record.item.id, clause)) items.emplace_back(item.record.item.id);
  }
  return items;
}

Json GuidelineJson(const CalibrationPack& pack) {
  Json::Array versions, changes;
  for (const RubricStep& step : pack.since)
    versions.push_back(
        Json::Of({{"version", step.version}, {"reason", step.reason}, {"since", FormatTime(step.kept_at)}}));
  for (const GuidelineChange& change : pack.changes)
    changes.push_back(Json::Of({{"part", change.part},
                                {"name", change.name},
                                {"edit", WordOf(change.edit)},
                                {"before", change.before},
                                {"after", change.after},
                                {"items", change.part == "clause" ? CitingItems(pack, change.name) : Json()}}));
  return Json::Of(
      {{"rubric", pack.session.rubric},
       {"version_before", ToString(pack.session.rubric_version)},
       {"version_now", pack.since.empty() ? ToString(pack.session.rubric_version) : pack.since.back().version},
       {"versions_since", std::move(versions)},
       {"changes", std::move(changes)}});
}

}  // namespace

std::string_view WordOfMatch(OpinionMatch match) {
  if (match == OpinionMatch::kSame) return "same";
  return match == OpinionMatch::kWithin ? "within" : "differ";
}

const Judgement* AnswerOf(const ExchangeRecord& record, std::string_view person) {
  const auto found = std::ranges::find_if(record.judgements, [&](const Judgement& judgement) {
    return judgement.person == person && judgement.role == JudgementRole::kCalibrate && judgement.epoch == record.epoch;
  });
  return found == record.judgements.end() ? nullptr : &*found;
}

const CalibrationPackItem* FindPackItem(const CalibrationPack& pack, std::string_view item) {
  const auto found =
      std::ranges::find_if(pack.items, [&](const CalibrationPackItem& each) { return each.record.item.id == item; });
  return found == pack.items.end() ? nullptr : &*found;
}

std::vector<Disagreement> DisagreementsOf(const CalibrationRow& row, const RubricSpec& rubric) {
  std::vector<Disagreement> all;
  std::map<std::string, std::size_t> places;
  for (const CalibrationCell& cell : row.cells) {
    if (!cell.opinion) continue;
    for (const ReviewRating& rating : RatingsOf(*cell.opinion, rubric)) {
      const auto [place, is_new] = places.try_emplace(RatingKey(rating), all.size());
      if (is_new) all.push_back({.criterion = rating.criterion, .unit = rating.unit});
      all[place->second].said[rating.category].push_back(cell.person);
    }
  }
  std::erase_if(all, [](const Disagreement& each) { return each.said.size() < 2; });
  return all;
}

std::string OpinionInWords(const Opinion& opinion, const RubricSpec& rubric) {
  std::string words;
  for (const ReviewRating& rating : RatingsOf(opinion, rubric)) {
    words += (words.empty() ? "" : "; ") + rating.criterion + (rating.unit.empty() ? "" : " " + rating.unit) + " " +
             rating.category;
  }
  return words;
}

Json ToJson(const CalibrationPack& pack) {
  TextBudget budget(CalibrationPack::kMostText, CalibrationPack::kMostTexts);
  const CalibrationSession& session = pack.session;
  Json::Array items;
  for (const CalibrationRow& row : pack.grid) {
    if (const CalibrationPackItem* item = FindPackItem(pack, row.item); item != nullptr)
      items.push_back(ItemJson(pack, row, *item, budget));
  }
  return Json::Of({{"schema", CalibrationPack::kSchema},
                   {"project", pack.project},
                   {"queue", pack.queue},
                   {"session", session.id},
                   {"facilitator", pack.naming.NameOf(session.facilitator)},
                   {"people", NamesOf(session.people, pack.naming)},
                   {"opened_at", FormatTime(session.opened_at)},
                   {"revealed_at", WriteValue(session.revealed_at)},
                   {"closed_at", WriteValue(session.closed_at)},
                   {"items", std::move(items)},
                   {"agreement", AgreementJson(pack.report.agreement)},
                   {"results", PeopleJson(pack)},
                   {"guideline", GuidelineJson(pack)},
                   {"made_at", FormatTime(pack.made_at)}});
}

}  // namespace assay
