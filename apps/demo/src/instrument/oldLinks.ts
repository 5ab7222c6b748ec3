/**
 * Addresses of the first version, `#v1=…`, which have ids for nodes: the keys of these nodes.
 */

const PURCHASE = "price count tax apples total";
/**
 * Returns the keys of a unit and of the operations before its sigmoid: two products, their sum, and the sum with the
 * bias.
 */
const unit = (name: string) => `${name}/0/0/0 ${name}/0/0/1 ${name}/0/0 ${name}/0 ${name}`;
const NETWORK = [
  "i1 i2 w1 w2 w3 w4 b1 w5 w6 w7 w8 b2 t1 t2",
  ...["h1", "h2", "o1", "o2"].map(unit),
  "E1 E2 E/0/0 E/0/1 E/0 E/1 E",
].join(" ");

/** The keys of nodes in the order of their ids. */
const KEYS: Readonly<Record<string, string>> = {
  apples: PURCHASE,
  question: NETWORK,
  graph: "apples applePrice tangerines tangerinePrice tax appleSum tangerineSum fruit total",
  backward: PURCHASE,
  "chain-rule": "x y t z",
  nodes: "x y sum product L",
  "snack-tax": "snack count tax price total",
  training: NETWORK,
};

/** Returns the key of an id of an old address; undefined if there was no such node. */
export function oldKey(lesson: string, id: string): string | undefined {
  return /^\d{1,4}$/.test(id)
    ? (Object.hasOwn(KEYS, lesson) ? KEYS[lesson] : undefined)?.split(" ")[Number(id)]
    : undefined;
}
