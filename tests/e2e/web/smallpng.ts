// A picture of a page with at most 256 colours, a third of what the browser writes: flat areas and the soft edges of
// letters need no more.

import {deflateSync, inflateSync, crc32} from 'node:zlib';

interface Pixels {
  width: number;
  height: number;
  rgb: Uint8Array;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunksOf(png: Buffer): {type: string; data: Buffer}[] {
  const chunks = [];
  for (let at = signature.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length)});
    at += length + 12;
  }
  return chunks;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0: return 0;
    case 1: return left;
    case 2: return up;
    case 3: return (left + up) >> 1;
    case 4: return paeth(left, up, corner);
    default: throw new Error(`a PNG has no filter ${filter}`);
  }
}

// Of what a browser writes: 8 bits for each of three or four parts, without interlace. A page is opaque.
function decode(png: Buffer): Pixels {
  const chunks = chunksOf(png);
  const header = chunks.find(({type}) => type === 'IHDR')?.data;
  if (!header || header[8] !== 8 || (header[9] !== 2 && header[9] !== 6) || header[12] !== 0) throw new Error('not a picture as browsers write it');
  const [width, height, parts] = [header.readUInt32BE(0), header.readUInt32BE(4), header[9] === 6 ? 4 : 3];
  const raw = inflateSync(Buffer.concat(chunks.filter(({type}) => type === 'IDAT').map(({data}) => data)));
  const stride = width * parts;
  const rows = new Uint8Array(height * stride);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= parts ? (rows[at - parts] ?? 0) : 0;
      const up = y > 0 ? (rows[at - stride] ?? 0) : 0;
      const corner = x >= parts && y > 0 ? (rows[at - stride - parts] ?? 0) : 0;
      rows[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + predicted(filter, left, up, corner);
    }
  }
  const rgb = parts === 3 ? rows : rows.filter((_, at) => at % 4 !== 3);
  return {width, height, rgb};
}

const colourAt = (rgb: Uint8Array, pixel: number): number => ((rgb[3 * pixel] ?? 0) << 16) | ((rgb[3 * pixel + 1] ?? 0) << 8) | (rgb[3 * pixel + 2] ?? 0);
const part = (colour: number, shift: number): number => (colour >> shift) & 0xff;
const distance = (a: number, b: number): number => [16, 8, 0].reduce((sum, shift) => sum + (part(a, shift) - part(b, shift)) ** 2, 0);

// The colours that most pixels have, and for each colour the one of them that is nearest.
function paletteOf({width, height, rgb}: Pixels): {palette: number[]; indexOf: Map<number, number>} {
  const counts = new Map<number, number>();
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const colour = colourAt(rgb, pixel);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = [...counts].sort(([, a], [, b]) => b - a).slice(0, 256).map(([colour]) => colour);
  const nearest = (colour: number): number => palette.reduce((best, each, at) => (distance(each, colour) < distance(palette[best] ?? 0, colour) ? at : best), 0);
  return {palette, indexOf: new Map([...counts.keys()].map((colour) => [colour, nearest(colour)]))};
}

function chunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}

export function smaller(png: Buffer): Buffer {
  const pixels = decode(png);
  const {palette, indexOf} = paletteOf(pixels);
  const {width, height, rgb} = pixels;
  const rows = Buffer.alloc(height * (width + 1)); // each row begins with filter 0
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = indexOf.get(colourAt(rgb, y * width + x)) ?? 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // 8 bits that name a colour of the palette
  const colours = Buffer.from(palette.flatMap((colour) => [16, 8, 0].map((shift) => part(colour, shift))));
  return Buffer.concat([signature, chunk('IHDR', header), chunk('PLTE', colours), chunk('IDAT', deflateSync(rows, {level: 9})), chunk('IEND', Buffer.alloc(0))]);
}
