// An export through the page: pieces of a file as they come, and the file that they are.

import {create, type MessageInitShape} from '@bufbuild/protobuf';
import {ExportReviewsRequestSchema, type Export, type ExportOptionsSchema} from '../../gen/assay/v1/review_interchange_pb';
import {interchange} from './client.ts';

export type Options = MessageInitShape<typeof ExportOptionsSchema>;

const hour = 3_600_000;

// Fails where the file did not come to its end: pieces without it are no file.
export async function fetchExport(options: Options, onBytes: (bytes: number) => void): Promise<{made: Export; file: Blob}> {
  const pieces: BlobPart[] = [];
  let bytes = 0;
  let made: Export | undefined;
  const request = create(ExportReviewsRequestSchema, {options});
  for await (const part of interchange.exportReviews(request, {timeoutMs: hour})) {
    if (part.export) made = part.export;
    if (part.data.length === 0) continue;
    pieces.push(part.data as Uint8Array<ArrayBuffer>);
    bytes += part.data.length;
    onBytes(bytes);
  }
  if (!made) throw new Error('the export has ended before its end; export again');
  return {made, file: new Blob(pieces, {type: 'application/octet-stream'})};
}

export function saveAs(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
