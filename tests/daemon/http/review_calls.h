#pragma once
// A call of every method of human review, as JSON.

#include <utility>
#include <vector>

namespace assay::testing {

inline std::vector<std::pair<const char*, const char*>> ReviewCalls() {
  return {
      {"/assay.v1.ReviewInterchangeService/ExportReviews",
       R"({"options":{"format":"native","selection":{"queues":["answers"],"from":"2026-11-01T00:00:00Z"}}})"},
      {"/assay.v1.ReviewInterchangeService/PreviewExport",
       R"({"options":{"format":"trl_dpo","approval":"c","validation_share":0.1}})"},
      {"/assay.v1.ReviewInterchangeService/ListExports", "{}"},
      {"/assay.v1.ReviewInterchangeService/GetLineage", R"({"id":"i/3"})"},
      {"/assay.v1.ReviewInterchangeService/AnswerLabelStudio", R"({"queue":"answers","call":"PREDICT","body":"{}"})"},
      {"/assay.v1.ReviewInterchangeService/ImportReviews",
       R"({"format":"native","queue":"answers","data":"e30=","isLast":true,"dryRun":true})"},
      {"/assay.v1.ReviewService/GetMyWork", "{}"},
      {"/assay.v1.ReviewService/ClaimItem", R"({"queue":"answers","role":"LABEL"})"},
      {"/assay.v1.ReviewService/SaveDraft", R"({"item":"i","revision":"1","text":"{}"})"},
      {"/assay.v1.ReviewService/SubmitJudgement",
       R"({"item":"i","token":"1","key":"k","content":{"opinion":{"safety":{"harmful":false}},"active":"12s"}})"},
      {"/assay.v1.ReviewService/ReviseJudgement",
       R"({"item":"i","judgement":"i/3","key":"k","content":{"opinion":{"refusal":{"allowed":true,"refused":true}}}})"},
      {"/assay.v1.ReviewService/Adjudicate",
       R"({"item":"i","token":"2","key":"k","cause":"MISSING","content":{"opinion":{"criteria":{"criteria":[)"
       R"({"criterion":"quality","score":4}]},"errors":["wrong"],"severity":2}}})"},
      {"/assay.v1.ReviewService/SubmitAudit", R"({"item":"i","token":"3","key":"k","passes":true})"},
      {"/assay.v1.ReviewService/ActOnItem", R"({"item":"i","escalate":{"reason":"AMBIGUITY","note":"which?"}})"},
      {"/assay.v1.ReviewService/GetItem", R"({"id":"i"})"},
      {"/assay.v1.ReviewService/ListItems", R"({"queue":"answers","states":["DONE","ADJUDICATION"]})"},
      {"/assay.v1.ReviewService/ListQueues", "{}"},
      {"/assay.v1.ReviewService/GetQueueReport", R"({"queue":"answers","from":"2026-11-01T00:00:00Z"})"},
      {"/assay.v1.ReviewService/ListReviewers", "{}"},
      {"/assay.v1.ReviewService/EndPause", R"({"person":"ann","queue":"answers","reason":"talked"})"},
      {"/assay.v1.ReviewService/ListRubricVersions", R"({"rubric":"support"})"},
      {"/assay.v1.ReviewService/AcknowledgeRubric", R"({"rubric":"support","version":"1.0.0"})"},
      {"/assay.v1.ReviewService/ListClarifications", "{}"},
      {"/assay.v1.ReviewService/OpenClarification", R"({"rubric":"support","clause":"1.1"})"},
      {"/assay.v1.ReviewService/CloseClarification", R"({"id":"c","reject":true,"reason":"it says so"})"},
      {"/assay.v1.ReviewService/ProposeChange",
       R"({"change":"RUBRIC_MAJOR","subject":"support 2.0.0","diff":"+","reason":"why"})"},
      {"/assay.v1.ReviewService/AnswerChange", R"({"id":"c","approves":true,"diff_hash":"d"})"},
      {"/assay.v1.ReviewService/GetChange", R"({"id":"c"})"},
      {"/assay.v1.ReviewService/ListChanges", R"({"state":"WAITING"})"},
      {"/assay.v1.ReviewService/AddGold", R"({"item":"i","purpose":"GOLD"})"},
      {"/assay.v1.ReviewService/RetireGold", R"({"id":"g","reason":"old"})"},
      {"/assay.v1.ReviewService/ListGold", "{}"},
      {"/assay.v1.ReviewService/OpenCalibration", R"({"queue":"answers","items":["i","j"],"people":["ann","bob"]})"},
      {"/assay.v1.ReviewService/RevealCalibration", R"({"id":"s"})"},
      {"/assay.v1.ReviewService/RuleOnCalibration",
       R"({"id":"s","ruling":{"item":"i","opinion":{"safety":{"harmful":true}}}})"},
      {"/assay.v1.ReviewService/CloseCalibration", R"({"id":"s"})"},
      {"/assay.v1.ReviewService/GetCalibration", R"({"id":"s"})"},
      {"/assay.v1.ReviewService/ListCalibrations", "{}"},
      {"/assay.v1.ReviewProgramService/AddProgramRecord", R"({"key":"k","improvement":{"title":"fewer clicks"}})"},
      {"/assay.v1.ReviewProgramService/ListProgramRecords", R"({"kind":"IMPROVEMENT"})"},
      {"/assay.v1.ReviewProgramService/GetProgramReport", "{}"},
      {"/assay.v1.ReviewArtefactService/GetCalibrationPack", R"({"session":"s","dataClasses":["health"]})"},
      {"/assay.v1.DatasetService/ListDatasetVersions", R"({"suite":"s","limit":2,"mostIds":5})"},
      {"/assay.v1.DatasetService/NoteDatasetVersion",
       R"({"suite":"s","digest":"sha256:2","reason":"fees","expectedImpact":"none","key":"k"})"},
      {"/assay.v1.ReviewArtefactService/DeclareGoldSet", R"({"queue":"answers","intent":"fees","reason":"new fees"})"},
      {"/assay.v1.ReviewArtefactService/ListGoldSets", R"({"queue":"answers"})"},
      {"/assay.v1.ReviewArtefactService/GetAuditReport", R"({"queue":"answers","from":"2026-11-01T00:00:00Z"})"},
  };
}

}  // namespace assay::testing
