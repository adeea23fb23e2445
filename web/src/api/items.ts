// Lists of items as a screen needs them.

import type {ReviewItemView, ReviewState_Value} from '../../gen/assay/v1/review_pb';
import {readFilled} from '../model/paging.ts';
import {patience, reviews} from './client.ts';

// A page of items with what is known of each, but not their content: nobody has opened them, and no read is kept.
export async function readViews(request: {queue?: string; states: ReviewState_Value[]}, perPage: number, token: string, signal: AbortSignal): Promise<{views: ReviewItemView[]; nextPageToken: string}> {
  const read = async (pageToken: string) => {
    const {views, nextPageToken} = await reviews.listItems({...request, withViews: true, pageSize: perPage, pageToken}, {signal, timeoutMs: patience});
    return {items: views, nextPageToken};
  };
  const {items, nextPageToken} = await readFilled(read, token, perPage);
  return {views: items, nextPageToken};
}
