import { AppError } from "../../platform/app-error.ts";
import type { IngestRequest } from "./ingest-request.ts";
import { parseDocument } from "./parse-document.ts";
import { splitLines, type Line } from "./split-lines.ts";
import { UnitQueue } from "./unit-queue.ts";

const LINES_TOGETHER = 1_000;
const BYTES_A_TURN = 1024 * 1024;

/**
 * Ingests one document a line, each 1,000 lines (100 on PGlite beside others) committed together while the rest arrives. A line that is not JSON
 * ends the request: its unit is not stored, those before it are, and the error says how many. The ids of the request
 * are kept in memory (about 100 bytes each) to find doubles.
 */
export async function ingestNdjson(request: IngestRequest, source: AsyncIterable<Buffer>): Promise<void> {
  const queue = new UnitQueue(request, LINES_TOGETHER);
  let index = 0;
  const giveWay = request.courtesy.begin();
  let sinceTurn = 0;
  for await (const line of splitLines(source)) {
    const unit = await queue.next();
    let value: unknown;
    try {
      value = parseLine(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw invalidLine(line, error, index - (await queue.giveUp()), request);
    }
    unit.add(value, index, line.bytes.length);
    index += 1;
    sinceTurn += line.bytes.length;
    if (sinceTurn < BYTES_A_TURN) continue;
    sinceTurn = 0;
    await giveWay();
  }
  await queue.end();
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
