/**
 * The functions of the module by their names. Those of a group are loaded at first need: most programs have none of
 * them, and those that have one may never call it.
 */

import type { KernelExports, KernelGroup } from "@graddiff/wasm-kernel";
import { type FunctionGroup, groupNamed, groupOf } from "../../graph/kernel.ts";
import { opNamed } from "../../ops/registry.ts";
import type { LoopOp } from "../program/loopOps.ts";
import type { CallHost } from "./makeCall.ts";

/**
 * A function of the module.
 *
 * @param group the name of the group that has it; undefined for the base.
 * @throws KernelUnavailableError if it is of a group that the host forbids compiling.
 */
export function functionOf<Name extends keyof KernelExports>(
  host: CallHost,
  name: Name,
  group?: string,
): KernelExports[Name] {
  if (host.exports[name] === undefined) loadGroupOf(host, name, group);
  // A cast: it is there now.
  return host.exports[name] as KernelExports[Name];
}

/** A function as calls have it, by any name. */
export type Exported = (...given: number[]) => unknown;

/** A function of the module, by the name that a call has. @throws Error for a name that no kernel has. */
export function functionNamed(host: CallHost, name: string, group?: string): Exported {
  loadGroupOf(host, name, group);
  // A cast: it is there now, or has been refused.
  return host.exports[name as keyof KernelExports] as Exported;
}

function isKernelGroup(group: FunctionGroup): group is KernelGroup<keyof KernelExports> {
  return "text" in group;
}

/** Loads the group that has a function, if it is not there. */
export function loadGroupOf(host: CallHost, name: string, group: string | undefined): void {
  if (name in host.exports) return;
  if (group === undefined) throw new Error(`no kernel is named ${name}`);
  const own = groupNamed(group);
  if (!isKernelGroup(own)) throw new Error(`${group} is no group of kernels`);
  host.load(own);
}

/** The group that has the elementary function of an op of loops; undefined for the base. */
export function groupOfLoopOp(op: LoopOp): string | undefined {
  return groupOf(opNamed(op).kernel ?? {});
}
