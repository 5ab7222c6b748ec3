/**
 * The functions of the module by their names. Functions of a group are loaded on first use: most programs have none of
 * them, and those that have one may never call it.
 *
 * In: the name of a function, and of its group. Out: the function, on the memory of the workspace.
 *
 * Invariant: calls name functions and hold none, so a program is data until it is bound.
 */

import type { KernelExports, KernelGroup } from "@graddiff/wasm-kernel";
import { groupNamed, nameOfGroup } from "../../../graph/kernel.ts";
import { opNamed } from "../../../ops/registry.ts";
import type { LoopOp } from "../../program/loop/loopOps.ts";
import type { CallHost } from "./host.ts";

/** A function as calls have it, by any name. */
export type Exported = (...args: number[]) => unknown;

/**
 * Returns a function of the module.
 *
 * @param group the name of the group that has it; undefined for the base.
 * @throws KernelUnavailableError if it is of a group that the host forbids compiling; Error for a name that no kernel has.
 */
export function functionOf<Name extends keyof KernelExports>(
  host: CallHost,
  name: Name,
  group?: string,
): KernelExports[Name];
export function functionOf(host: CallHost, name: string, group?: string): Exported;
export function functionOf(host: CallHost, name: string, group?: string): unknown {
  loadGroupOf(host, name, group);
  // A cast: the function was loaded, or loading has thrown.
  return host.exports[name as keyof KernelExports];
}

/** Loads the group of a function, if it is not loaded. */
export function loadGroupOf(host: CallHost, name: string, group: string | undefined): void {
  if (name in host.exports) return;
  if (group === undefined) throw new Error(`no kernel is named ${name}`);
  // A cast: groups with functions of the module are groups of kernels.
  host.load(groupNamed(group) as KernelGroup<keyof KernelExports>);
}

/** Returns the group that has the elementary function of an op of loops; undefined for the base. */
export function groupOfLoopOp(op: LoopOp): string | undefined {
  const { kernel } = opNamed(op);
  return kernel?.kind === "elementwise" ? nameOfGroup(kernel.group) : undefined;
}
