// The API of the assayd that served this page, as typed clients.

import {createClient, type Interceptor} from '@connectrpc/connect';
import {createConnectTransport} from '@connectrpc/connect-web';
import {CatalogService} from '../../gen/assay/v1/catalog_pb';
import {DatasetService} from '../../gen/assay/v1/dataset_pb';
import {EndpointService} from '../../gen/assay/v1/endpoint_pb';
import {GateService} from '../../gen/assay/v1/gate_pb';
import {ModelService} from '../../gen/assay/v1/model_pb';
import {ReleaseService} from '../../gen/assay/v1/release_pb';
import {ReplayService} from '../../gen/assay/v1/replay_pb';
import {ReviewArtefactService} from '../../gen/assay/v1/review_artefact_pb';
import {ReviewInterchangeService} from '../../gen/assay/v1/review_interchange_pb';
import {ReviewProgramService} from '../../gen/assay/v1/review_program_pb';
import {ReviewService} from '../../gen/assay/v1/review_pb';
import {RunService} from '../../gen/assay/v1/run_pb';
import {ScheduleService} from '../../gen/assay/v1/schedule_pb';
import {WaiverService} from '../../gen/assay/v1/waivers_pb';
import {token} from './session.ts';

// A call that takes longer has failed; those that may (a replay) say so.
export const patience = 30_000;

const withToken: Interceptor = (next) => (request) => {
  const bearer = token();
  if (bearer) request.header.set('authorization', `Bearer ${bearer}`);
  return next(request);
};

const transport = createConnectTransport({
  baseUrl: location.origin,
  useBinaryFormat: false,
  interceptors: [withToken],
});

export const artefacts = createClient(ReviewArtefactService, transport);
export const catalog = createClient(CatalogService, transport);
export const datasets = createClient(DatasetService, transport);
export const endpoints = createClient(EndpointService, transport);
export const gates = createClient(GateService, transport);
export const interchange = createClient(ReviewInterchangeService, transport);
export const models = createClient(ModelService, transport);
export const releases = createClient(ReleaseService, transport);
export const program = createClient(ReviewProgramService, transport);
export const replays = createClient(ReplayService, transport);
export const reviews = createClient(ReviewService, transport);
export const runs = createClient(RunService, transport);
export const schedules = createClient(ScheduleService, transport);
export const waivers = createClient(WaiverService, transport);
