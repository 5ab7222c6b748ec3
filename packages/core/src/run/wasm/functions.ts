/**
 * The functions of the module by their names. Those of a group are loaded at first need: most programs have none of
 * them, and those that have one may never call it.
 */

import type { KernelExports } from "@graddiff/wasm-kernel";
import { registeredOps } from "../../ops/registry.ts";
import type { CallHost } from "./makeCall.ts";

/** A function of the module. @throws KernelUnavailableError if it is of a group that the host forbids compiling. */
export function functionOf<Name extends keyof KernelExports>(
  host: CallHost,
  name: Name,
): KernelExports[Name] {
  if (host.exports[name] === undefined) loadGroupOf(host, name);
  // A cast: it is there now.
  return host.exports[name] as KernelExports[Name];
}

/** Loads the group that has a function, if it is not there: that of the op which needs it. */
export function loadGroupOf(host: CallHost, name: string): void {
  if (name in host.exports) return;
  for (const { kernel, kept } of registeredOps()) {
    const group = kernel?.group ?? kept?.group;
    if (group?.exports.some((own) => own === name)) {
      host.load(group);
      return;
    }
  }
  throw new Error(`no op has a kernel named ${name}`);
}
