// Packs the built page for web_files.cc: one file of bytes, and a table of what is where.
//
//   node pack.ts DIST BYTES TABLE
//
// Fails on a file that it knows no content type of, on one that no Debian browser could be given (a name with quotes),
// and when the page has become larger than people should have to load.

import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {extname, join, relative} from 'node:path';
import {gzipSync} from 'node:zlib';

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8', // the licences of what is in the bundle
};
const mostCompressedBytes = 250_000;

interface Packed {
  path: string;
  row: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function main([dist, bytesFile, tableFile]: string[]): void {
  if (!dist || !bytesFile || !tableFile) throw new Error('usage: pack.ts DIST BYTES TABLE');
  const chunks: Buffer[] = [];
  let size = 0;
  let compressed = 0;
  const append = (chunk: Buffer): number => {
    const begin = size;
    chunks.push(chunk);
    size += chunk.length;
    return begin;
  };
  const packed: Packed[] = filesBelow(dist).map((file) => {
    const path = `/${relative(dist, file)}`;
    const contentType = contentTypes[extname(file)];
    if (!contentType || !/^[\w./-]+$/.test(path)) throw new Error(`${path}: pack.ts does not know how to serve it`);
    const content = readFileSync(file);
    const zipped = gzipSync(content, {level: 9});
    const gzip = zipped.length < content.length ? zipped : Buffer.alloc(0);
    compressed += gzip.length || content.length;
    const etag = createHash('sha256').update(content).digest('hex').slice(0, 32);
    const immutable = path.startsWith('/assets/');
    const row =
      `WEB_FILE("${path}", "${contentType}", "\\"${etag}\\"", ${immutable}, ` +
      `${append(content)}, ${content.length}, ${append(gzip)}, ${gzip.length})`;
    return {path, row};
  });
  if (!packed.some((file) => file.path === '/index.html')) throw new Error(`${dist} holds no index.html`);
  if (compressed > mostCompressedBytes) {
    throw new Error(`the page takes ${compressed} bytes compressed; at most ${mostCompressedBytes} are allowed`);
  }
  packed.sort((a, b) => (a.path < b.path ? -1 : 1));
  writeFileSync(bytesFile, Buffer.concat(chunks));
  writeFileSync(tableFile, packed.map((file) => file.row).join('\n') + '\n');
  console.log(`packed ${packed.length} files, ${compressed} bytes compressed`);
}

main(process.argv.slice(2));
