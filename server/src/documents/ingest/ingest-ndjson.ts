import { AppError } from "../../platform/app-error.ts";
import { nextTurn } from "../../platform/timers.ts";
import type { IngestRequest } from "./ingest-request.ts";
import { IngestUnit } from "./ingest-unit.ts";
import { parseDocument } from "./parse-document.ts";
import { splitLines, type Line } from "./split-lines.ts";

const LINES_A_UNIT = 1_000;
/** Long lines make shorter units, so that one unit always fits in memory. */
const BYTES_A_UNIT = 64 * 1024 * 1024;
const BYTES_A_TURN = 1024 * 1024;

/**
 * Ingests one document a line, each 1,000 lines committed together while the rest arrives. A line that is not JSON
 * ends the request: its unit is not stored, those before it are, and the error says how many. The ids of the request
 * are kept in memory (about 100 bytes each) to find doubles.
 */
export async function ingestNdjson(request: IngestRequest, source: AsyncIterable<Buffer>): Promise<void> {
  let unit = new IngestUnit(request);
  let index = 0;
  let sinceTurn = 0;
  for await (const line of splitLines(source)) {
    // A full unit is committed when the next line has come, so that the last one can be the one that finishes.
    if (unit.size === LINES_A_UNIT || unit.bytes >= BYTES_A_UNIT) {
      await request.commit(unit, false);
      unit = new IngestUnit(request);
    }
    let value: unknown;
    try {
      value = parseLine(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      await request.settled();
      throw invalidLine(line, error, index - unit.size, request);
    }
    unit.add(value, index, line.bytes.length);
    index += 1;
    sinceTurn += line.bytes.length;
    if (sinceTurn < BYTES_A_TURN) continue;
    sinceTurn = 0;
    await nextTurn();
  }
  await request.commit(unit, true);
}

function parseLine(line: Line): unknown {
  const mark = line.number === 1 && line.bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  return parseDocument(line.bytes.subarray(mark));
}

function invalidLine(
  line: Line,
  error: SyntaxError,
  documentsBefore: number,
  request: IngestRequest,
): AppError {
  return new AppError(
    "invalid_line",
    `Line ${line.number} is not valid JSON: ${error.message}. The ${documentsBefore} documents of the units before it are handled ` +
      "and stay; of its own unit nothing was stored. Mend the line and send it and what follows again, or all of it: equal documents count as unchanged.",
    { details: { line: line.number, documents_before: documentsBefore, durable: request.durable } },
  );
}
