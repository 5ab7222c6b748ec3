/**
 * Fusion groups. The values that loops can compute in one stage, over one space and in one dtype are a group; a fusion
 * group is the part of a group that one loop may have. An op of a group depends on nothing that depends on the group,
 * so groups can run stage by stage, even if their ops do not read each other. The third stage of fusion, see `fuse.ts`.
 */

import { at, int32At, sizeOf } from "../../../tensor/shape.ts";
import type { Target } from "../schedule/target.ts";
import { isEpilogue, type LoopValues, spaceOf } from "./loopValues.ts";

/** The values that one loop computes, by id. */
export interface FusionGroup {
  readonly stage: number;
  /** The nodes that the fusion group computes, in order. */
  readonly steps: readonly number[];
  /** Reductions and concatenations of these. */
  readonly epilogues: readonly number[];
}

/** A fusion group to which nodes are still added. */
interface Growing extends FusionGroup {
  readonly steps: number[];
  readonly epilogues: number[];
  /** The number of steps that copy values computed elsewhere for its ends. */
  copies: number;
}

/** @param connectedOnly true if a large loop holds only ops that read each other. */
export function fusionGroups(
  values: LoopValues,
  stages: Int32Array,
  target: Target,
  connectedOnly: boolean,
): FusionGroup[] {
  const { trace, sources, needed } = values;
  const fits = target.arrays?.fitting(trace, sources, needed);
  return groupsOf(values, stages).flatMap((members) => {
    const isLarge = sizeOf(spaceOf(values, at(members, 0))) >= target.sizes.largeLoop;
    const connected = connectedOnly && isLarge ? touching(values, members) : [members];
    const stage = int32At(stages, at(members, 0));
    return connected.flatMap((each) => divided(values, each, stage, target, fits));
  });
}

/** Returns the ids of one stage, space and dtype. */
function groupsOf({ spaces, needed }: LoopValues, stages: Int32Array): number[][] {
  const groups = new Map<number, number[]>();
  spaces.forEach((space, id) => {
    if (space === 0 || needed[id] === 0) return;
    // Unique, since there are no more spaces than ids.
    const key = int32At(stages, id) * (spaces.length + 3) + space;
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [id]);
    else members.push(id);
  });
  return [...groups.values()];
}

/** Returns the members of a group, split into sets that read each other's values. */
function touching({ sources }: LoopValues, members: readonly number[]): number[][] {
  // By value: its parent in a forest of disjoint sets.
  const roots = new Map<number, number>();
  const rootOf = (id: number): number => {
    let root = id;
    for (let next = roots.get(root); next !== undefined; next = roots.get(root)) root = next;
    return root;
  };
  const isMember = new Set(members);
  for (const id of members) {
    for (const source of at(sources, id)) {
      const [root, other] = [rootOf(id), rootOf(source.id)];
      if (isMember.has(source.id) && root !== other) roots.set(root, other);
    }
  }
  const parts = new Map<number, number[]>();
  for (const id of members) {
    const part = parts.get(rootOf(id));
    if (part === undefined) parts.set(rootOf(id), [id]);
    else part.push(id);
  }
  return [...parts.values()];
}

/** Returns a group, cut into fusion groups that are not too long. */
function divided(
  values: LoopValues,
  members: readonly number[],
  stage: number,
  { mostSteps }: Target,
  fitsArrays: ((steps: readonly number[], epilogues: readonly number[]) => boolean) | undefined,
): FusionGroup[] {
  const groups: Growing[] = [];
  const grow = (): Growing => {
    const group: Growing = { stage, steps: [], epilogues: [], copies: 0 };
    groups.push(group);
    return group;
  };
  const groupOf = new Map<number, Growing>();
  let last: Growing | undefined;
  for (const id of members) {
    if (isEpilogue(values, id)) continue;
    const isFull =
      last === undefined ||
      last.steps.length === mostSteps ||
      fitsArrays?.([...last.steps, id], []) === false;
    if (last === undefined || isFull) last = grow();
    last.steps.push(id);
    groupOf.set(id, last);
  }
  for (const id of members) {
    if (!isEpilogue(values, id)) continue;
    const inputs = at(values.sources, id).map((source) => groupOf.get(source.id));
    // The fusion groups before the last one have run by then, so their values are in memory.
    const latest = groups.findLast((group) => inputs.includes(group));
    // A value that no step computes needs one more step, which loads it.
    const copies = inputs.filter((group) => group === undefined || group !== latest).length;
    const fits = (group: Growing) =>
      group.steps.length + group.copies + copies <= mostSteps &&
      fitsArrays?.(group.steps, [...group.epilogues, id]) !== false;
    const found = latest ?? groups.find(fits);
    const target = found !== undefined && fits(found) ? found : grow();
    target.epilogues.push(id);
    target.copies += copies;
  }
  return groups;
}
