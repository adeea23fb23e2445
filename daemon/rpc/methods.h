#pragma once
// The handlers of each service, as entries of the method table. The services outlive it.

#include "daemon/rpc/method_table.h"

namespace assay {

void AddCatalogMethods(CatalogQueries& catalog, MethodTable& table);
void AddModelMethods(ModelRegistry& models, MethodTable& table);
void AddRunMethods(RunOperations& runs, MethodTable& table);
void AddEndpointMethods(EndpointQueries& endpoints, MethodTable& table);
void AddGateMethods(GateOperations& gates, MethodTable& table);
void AddReleaseMethods(ReleaseOperations& releases, MethodTable& table);
void AddReplayMethods(ReplayOperations& replays, MethodTable& table);
void AddReviewMethods(ReviewOperations& reviews, MethodTable& table);
void AddDatasetMethods(DatasetOperations& datasets, MethodTable& table);
void AddReviewArtefactMethods(ReviewArtefacts& artefacts, MethodTable& table);
void AddReviewGovernanceMethods(ReviewGovernance& reviews, MethodTable& table);
void AddReviewInterchangeMethods(ReviewInterchange& reviews, MethodTable& table);
void AddReviewProgramMethods(ReviewProgramOperations& program, MethodTable& table);
void AddScheduleMethods(ScheduleQueries& schedules, MethodTable& table);
void AddWaiverMethods(WaiverOperations& waivers, MethodTable& table);

}  // namespace assay
