/**
 * The two forces of the layout, as factors of the difference of two points, by their squared distance d:
 *
 *   pull(d) = 2 a b d^(b - 1) / (1 + a d^b)        push(d) = 2 γ b / ((0.001 + d) (1 + a d^b))
 *
 * Tables over the upper 16 bits of d as a float32, 128 steps an octave, each step's value that of its middle: within 0.8 %
 * of the formula. Of the 2 × 128 KB a layout reads a few octaves, which stay in the nearest cache.
 */
export type Forces = { readonly pull: Float32Array; readonly push: Float32Array };

export const FORCE_PLACES = 2 ** 15;

export function tabulateForces(a: number, b: number, repulsion: number): Forces {
  const pull = new Float32Array(FORCE_PLACES);
  const push = new Float32Array(FORCE_PLACES);
  const middles = new Float32Array(Uint32Array.from(pull, (_, place) => place * 2 ** 16 + 2 ** 15).buffer);
  for (const [place, distance] of middles.entries()) {
    if (!Number.isFinite(distance)) continue; // no distance of finite points; 0 leaves them where they are
    const power = a * distance ** b;
    pull[place] = (2 * b) / (distance * (1 + 1 / power));
    push[place] = (2 * repulsion * b) / ((0.001 + distance) * (1 + power));
  }
  return { pull, push };
}
