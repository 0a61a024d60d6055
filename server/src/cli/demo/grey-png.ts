import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * A picture of grey values as a PNG of 8 bits a pixel (https://www.w3.org/TR/png-3/).
 *
 * @param values from 0, black, to 1, white; row by row, a whole number of rows
 */
export function greyPng(values: readonly number[], width: number): Buffer {
  const height = values.length / width;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits; grey, deflate, filters by row and no interlacing are 0
  const rows = Buffer.alloc(height * (width + 1)); // each row begins with its filter, none
  values.forEach((value, at) => {
    rows[Math.floor(at / width) * (width + 1) + 1 + (at % width)] = Math.round(255 * value);
  });
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([around.subarray(0, 4), typed, around.subarray(4)]);
}
