import { withAnswer, withRefused, type ImportTotals } from "./import-totals.ts";
import type { Parcel } from "./parcel.ts";
import type { RefusedRow } from "./plain-documents.ts";
import { sendParcel, type SendOptions } from "./send-parcel.ts";

export interface SendAll extends SendOptions {
  readonly totals: ImportTotals;
  /** Rows that could not be sent, filled while parcels are made. */
  readonly refused: RefusedRow[];
  /** Called when the server has acknowledged a request; what it is told of is stored. */
  readonly onAcknowledged: (parcel: Parcel, totals: ImportTotals) => Promise<void>;
}

/**
 * Sends one request after the other, the next being made while the last is answered; nothing more is held. Ends early
 * when `signal` aborts, after the request in hand. Returns the totals and whether all was sent.
 */
export async function sendAll(
  parcels: AsyncGenerator<Parcel>,
  options: SendAll,
): Promise<{ totals: ImportTotals; isComplete: boolean }> {
  const { refused, signal, onAcknowledged } = options;
  let { totals } = options;
  const take = (rows: number) => {
    const until = refused.findIndex(({ row }) => row > rows);
    return refused.splice(0, until < 0 ? refused.length : until);
  };
  try {
    let coming = ahead(parcels);
    while (!signal.aborted) {
      const next = await coming;
      if (next.done) return { totals: withRefused(totals, take(Infinity)), isComplete: true };
      coming = ahead(parcels);
      const answer = await sendParcel(next.value, options);
      totals = withRefused(withAnswer(totals, answer, next.value), take(next.value.rows));
      await onAcknowledged(next.value, totals);
    }
    await coming.catch(() => undefined);
    return { totals, isComplete: false };
  } finally {
    await parcels.return(undefined).catch(() => undefined);
  }
}

/** Its failure is told when it is awaited, which may be much later. */
function ahead(parcels: AsyncGenerator<Parcel>): Promise<IteratorResult<Parcel, unknown>> {
  const coming = parcels.next();
  coming.catch(() => undefined);
  return coming;
}
