/** The groups of a model: a tree by the names of its nodes, and the visible items when some groups are open. */

import type { ImportedNode } from "@graddiff/onnx";

/** A node of the model, or a group of them. */
export interface Item {
  /** The unique id of the item. */
  readonly id: string;
  readonly label: string;
  /** The items of a group, in the order in which they run; empty for a node. */
  readonly children: readonly Item[];
  /** The indices of its nodes in the model. */
  readonly nodes: readonly number[];
}

/** A model ready to be drawn. */
export interface Tree {
  readonly items: readonly Item[];
  /**
   * The sources of each node: each is the index of a node, or the name of an input. Weights and constants are left out.
   */
  readonly sources: readonly (readonly Source[])[];
}

type Source = number | string;

/** A visible item. */
export interface Box {
  readonly item: Item;
  /** The number of open groups that contain it. */
  readonly depth: number;
  readonly isOpen: boolean;
  /** The innermost open group that contains it. */
  readonly parent: string | undefined;
}

/** A line from an item or an input of the model to an item, both given by their ids. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * The operators that begin a run; the operators after it, such as a normalisation and an activation, are folded with
 * it.
 */
const BEGINS = /^(Conv|ConvTranspose|Gemm|MatMul|RNN|LSTM|GRU)$/;

/** The number of items above which the runs of a level are folded. */
const LONG = 24;

/**
 * Sorts nodes into groups.
 *
 * Names with slashes, or else dots, are paths: "/features/block1/conv/Conv" is in "features/block1/conv". A node
 * without a path in its name has the path of its first weight with a path ("features.0.weight"). Without weights, it
 * has the common path of the nodes that it reads, so that an activation is beside its convolution. The common beginning
 * of all paths is left out. On a level of many nodes, runs such as Conv, BatchNormalization, Relu are groups, too.
 *
 * @param inputs the names of the inputs of the model. Nodes that depend on none of them are not drawn.
 */
export function treeOf(nodes: readonly ImportedNode[], inputs: readonly string[]): Tree {
  const sources = sourcesOf(nodes, inputs);
  const drawn = nodes.flatMap((_, i) => (sources[i]?.length ? [i] : []));
  const paths = pathsOf(nodes, sources);
  const shared = common(drawn.map((i) => paths[i]?.folders ?? [])).length;
  const root = new Folder("");
  for (const i of drawn) {
    const { folders = [], own = "" } = paths[i] ?? {};
    let folder = root;
    for (const name of folders.slice(shared)) folder = folder.inside(name);
    folder.add({ id: `node ${i}`, label: own, children: [], nodes: [i] });
  }
  const followers = followersOf(sources);
  return { items: root.items("", (items) => foldRuns(items, nodes, followers)), sources };
}

/** Returns the groups that are open at first: they are opened level by level, up to `most` visible boxes. */
export function firstOpen({ items }: Tree, most = 12): Set<string> {
  const open = new Set<string>();
  let level = items.filter(isGroup);
  let seen = items.length;
  while (level.length > 0) {
    seen += level.reduce((sum, { children }) => sum + children.length, 0);
    if (seen > most) break;
    for (const { id } of level) open.add(id);
    level = level.flatMap(({ children }) => children.filter(isGroup));
  }
  return open;
}

/** Returns the visible boxes in the order in which they run, a group before its items. */
export function boxesOf({ items }: Tree, open: ReadonlySet<string>): Box[] {
  const boxes: Box[] = [];
  const walk = (list: readonly Item[], depth: number, parent: string | undefined) => {
    for (const item of list) {
      const isOpen = isGroup(item) && open.has(item.id);
      boxes.push({ item, depth, isOpen, parent });
      // The recursion is bounded, since a path is no deeper than its number of characters.
      if (isOpen) walk(item.children, depth + 1, item.id);
    }
  };
  walk(items, 0, undefined);
  return boxes;
}

/** Returns the lines between visible boxes that are not open groups, each once. */
export function edgesOf({ sources }: Tree, boxes: readonly Box[]): Edge[] {
  const closed = boxes.filter(({ isOpen }) => !isOpen);
  const boxOf = new Map(closed.flatMap(({ item }) => item.nodes.map((node) => [node, item.id])));
  const edges = new Map<string, Edge>();
  for (const [node, to] of boxOf) {
    for (const source of sources[node] ?? []) {
      const from = typeof source === "string" ? inputId(source) : boxOf.get(source);
      if (from !== undefined && from !== to) edges.set(JSON.stringify([from, to]), { from, to });
    }
  }
  return [...edges.values()];
}

export const inputId = (name: string): string => `input ${name}`;

export const isGroup = ({ children }: Item): boolean => children.length > 0;

/** Returns the groups around a node, from the outermost. */
export function groupsAround({ items }: Tree, node: number): Item[] {
  const found: Item[] = [];
  let level = items;
  for (;;) {
    const group = level.find((item) => isGroup(item) && item.nodes.includes(node));
    if (group === undefined) return found;
    found.push(group);
    level = group.children;
  }
}

class Folder {
  readonly name: string;
  readonly #content: (Folder | Item)[] = [];
  readonly #folders = new Map<string, Folder>();

  constructor(name: string) {
    this.name = name;
  }

  inside(name: string): Folder {
    const there = this.#folders.get(name);
    if (there !== undefined) return there;
    const made = new Folder(name);
    this.#folders.set(name, made);
    this.#content.push(made);
    return made;
  }

  add(item: Item): void {
    this.#content.push(item);
  }

  /** Returns the items of a folder; a folder with only one entry is replaced by that entry. */
  items(path: string, fold: (items: readonly Item[]) => readonly Item[]): readonly Item[] {
    const items = this.#content.map((each): Item => {
      if (!(each instanceof Folder)) return each;
      const id = `${path}/${each.name}`;
      const children = each.items(id, fold);
      const [only] = children;
      if (only !== undefined && children.length === 1) {
        return { ...only, label: `${each.name}/${only.label}` };
      }
      const nodes = children.flatMap((child) => child.nodes);
      return { id, label: each.name, children, nodes };
    });
    return items.length > LONG ? fold(items) : items;
  }
}

function sourcesOf(nodes: readonly ImportedNode[], inputs: readonly string[]): Source[][] {
  const origin = new Map<string, Source>(inputs.map((name) => [name, name]));
  return nodes.map(({ inputs, outputs }, i) => {
    const found = new Set<Source>();
    for (const name of inputs) {
      const source = origin.get(name);
      if (source !== undefined) found.add(source);
    }
    if (found.size > 0) for (const name of outputs) if (name !== "") origin.set(name, i);
    return [...found];
  });
}

interface Path {
  readonly folders: readonly string[];
  readonly own: string;
}

function pathsOf(nodes: readonly ImportedNode[], sources: readonly (readonly Source[])[]): Path[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const paths: Path[] = [];
  for (const [i, { name, inputs }] of nodes.entries()) {
    const parts = partsOf(name);
    const own = parts.at(-1) ?? "";
    const read = sources[i] ?? [];
    if (parts.length > 1) {
      paths.push({ folders: parts.slice(0, -1), own });
      continue;
    }
    const weights = inputs.filter((each) => !made.has(each) && !read.includes(each));
    const scope = weights.map(partsOf).find(({ length }) => length > 1);
    const around = read.flatMap((each) => (typeof each === "number" ? [paths[each]] : []));
    const folders = scope?.slice(0, -1) ?? common(around.map((path) => path?.folders ?? []));
    paths.push({ folders, own });
  }
  return paths;
}

function partsOf(name: string): string[] {
  return name.split(name.includes("/") ? "/" : ".").filter((part) => part !== "");
}

/** Returns the beginning that all lists share. */
function common(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  let length = first.length;
  for (const list of others) {
    let same = 0;
    while (same < length && list[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length);
}

/** Returns, for each node with only one reader that reads nothing else, that reader. */
function followersOf(sources: readonly (readonly Source[])[]): Map<number, number> {
  const readers = new Map<Source, number[]>();
  for (const [i, list] of sources.entries()) {
    for (const source of list) readers.set(source, [...(readers.get(source) ?? []), i]);
  }
  const followers = new Map<number, number>();
  for (const [source, [next, ...others]] of readers) {
    if (typeof source === "string" || next === undefined || others.length > 0) continue;
    if (sources[next]?.length === 1) followers.set(source, next);
  }
  return followers;
}

function foldRuns(
  items: readonly Item[],
  nodes: readonly ImportedNode[],
  followers: ReadonlyMap<number, number>,
): Item[] {
  const single = new Map(
    items.flatMap((item) => (isGroup(item) ? [] : item.nodes.map((node) => [node, item] as const))),
  );
  const operator = (node: number) => nodes[node]?.operator ?? "";
  const taken = new Set<Item>();
  const folded: Item[] = [];
  for (const item of items) {
    if (taken.has(item)) continue;
    const run = [item];
    let [last] = item.nodes;
    while (!isGroup(item) && last !== undefined && BEGINS.test(operator(item.nodes[0] ?? -1))) {
      last = followers.get(last);
      const next = last === undefined ? undefined : single.get(last);
      if (last === undefined || next === undefined || BEGINS.test(operator(last))) break;
      run.push(next);
      taken.add(next);
    }
    const list = run.flatMap((each) => each.nodes);
    const label = list.map(operator).join(" + ");
    folded.push(
      run.length === 1 ? item : { id: `run ${list[0]}`, label, children: run, nodes: list },
    );
  }
  return folded;
}
