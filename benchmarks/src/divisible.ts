// The entry of `npm run divisible`: the share of the arithmetic of each workload that can be divided among threads, and
// why the rest cannot be.

import { type CallWork, workOf } from "@graddiff/core/internal";
import { workloads } from "./workloads/index.ts";
import type { Workload } from "./workloads/workload.ts";

/** The number of pieces below which work counts as not divisible, since few threads would be busy. */
const PIECES = 4;
/** The operations below which a workload is left out, since it would be done before threads have started. */
const LARGE = 1e6;

/** A workload with the part of its arithmetic that can be divided. */
export interface DivisibleWork {
  readonly name: string;
  readonly flops: number;
  /** The share, from 0 to 1. */
  readonly share: number;
  /** The calls that cannot be divided, or only in too few pieces, with the largest first. */
  readonly rest: readonly CallWork[];
}

/** Returns the part of a workload that can be divided; undefined for small ones. */
export function divisibleWork({ name, prepare }: Workload): DivisibleWork | undefined {
  const program = prepare("compiled").program?.();
  const work = program && workOf(program);
  if (work === undefined) throw new Error(`${name} is no program`);
  const sum = (calls: readonly CallWork[]) => calls.reduce((flops, own) => flops + own.flops, 0);
  const flops = sum(work);
  if (flops < LARGE) return undefined;
  const rest = work
    .filter((own) => own.partitions < PIECES && own.flops > 0)
    .sort((a, b) => b.flops - a.flops);
  return { name, flops, share: 1 - sum(rest) / flops, rest };
}

/** Returns a line for each workload, and for each call of the rest with more than a thousandth of the arithmetic. */
export function* report(): Generator<string> {
  for (const workload of workloads) {
    const work = divisibleWork(workload);
    if (work === undefined) continue;
    const { name, flops, share, rest } = work;
    yield `${share.toFixed(4)}  ${(flops / 1e6).toFixed(1).padStart(9)} Mflop  ${name}`;
    for (const call of rest) {
      if (call.flops < flops / 1000) break;
      const part = (call.flops / flops).toFixed(4);
      const why = call.partitions > 1 ? `${call.partitions} pieces along ${call.how}` : call.how;
      yield `        ${part} ${call.name}${call.times > 1 ? `, ${call.times} times` : ""}: ${why}`;
    }
  }
}
