import type { Recluster } from "#client/client.ts";
import type { ClusterExecutionResult, ExecutionData } from "#contract/executions.ts";
import type { ReportedRun, ReportMap } from "./report-data.ts";

type Member = NonNullable<ExecutionData["members"]>[number];

export interface ReadingOptions {
  /** Points of a map at most: more make the page heavy and show no more. */
  readonly points: number;
  /** Payload fields that may hold a picture as a data: URI; the first that does is taken. */
  readonly pictureFields: readonly string[];
}

const PAGE = 10_000;
const PICTURES = 10;
/** What a browser shows as an image and nothing else. */
const PICTURE = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$/;
/** Longer ones would make the page heavy. */
const LONGEST_PICTURE = 50_000;

/** A run with its map and pictures of what is at the heart of each of its clusters. */
export async function readRun(
  client: Recluster,
  run: ClusterExecutionResult,
  { points, pictureFields }: ReadingOptions,
): Promise<ReportedRun> {
  const step = Math.max(1, Math.ceil(run.num_points / points));
  const drawn: Member[] = [];
  const nearest = new Map<string, Member[]>();
  let seen = 0;
  for (;;) {
    const page = await client.executions.data(run.cluster_id, run.run_id, {
      ...{ include_centroids: false, include_members: true, limit: PAGE, offset: seen },
    });
    const members = page.members ?? [];
    for (const member of members) {
      if (seen++ % step === 0 && (member.coordinates?.length ?? 0) >= 2) drawn.push(member);
      if (member.cluster_id === null) continue;
      // Members come ordered by cluster, the nearest to its centre first.
      const found = nearest.get(member.cluster_id);
      if (!found) nearest.set(member.cluster_id, [member]);
      else if (found.length < PICTURES) found.push(member);
    }
    if (members.length === 0 || seen >= page.total) break;
  }
  return { run, map: mapOf(drawn, seen), pictures: await readPictures(client, nearest, pictureFields) };
}

function mapOf(drawn: readonly Member[], members: number): ReportMap {
  const clusterIds = [...new Set(drawn.flatMap(({ cluster_id: id }) => id ?? []))];
  const indexOf = new Map(clusterIds.map((id, index) => [id, index]));
  return {
    places: Float32Array.from(drawn.flatMap(({ coordinates }) => coordinates!.slice(0, 2))),
    labels: Int16Array.from(drawn, ({ cluster_id: id }) => (id === null ? -1 : indexOf.get(id)!)),
    clusterIds,
    documentIds: drawn.map(({ document_id: id }) => id),
    members,
  };
}

async function readPictures(
  client: Recluster,
  nearest: ReadonlyMap<string, readonly Member[]>,
  fields: readonly string[],
): Promise<Map<string, string[]>> {
  const pictures = new Map<string, string[]>();
  for (const [clusterId, members] of nearest) {
    const found = new Map<string, string>();
    for (const collection of new Set(members.map((member) => member.collection_id))) {
      const ids = members.filter((member) => member.collection_id === collection);
      const { results } = await client.documents.list(
        collection,
        { filters: { field: "document_id", operator: "in", value: ids.map((member) => member.document_id) } },
        { limit: PICTURES },
      );
      for (const document of results ?? []) {
        const picture = pictureOf(document, fields);
        if (picture !== null) found.set(document.document_id, picture);
      }
    }
    pictures.set(
      clusterId,
      members.flatMap((member) => found.get(member.document_id) ?? []),
    );
  }
  return pictures;
}

function pictureOf(payload: Readonly<Record<string, unknown>>, fields: readonly string[]): string | null {
  for (const field of fields) {
    const value = payload[field];
    if (typeof value === "string" && value.length <= LONGEST_PICTURE && PICTURE.test(value)) return value;
  }
  return null;
}
