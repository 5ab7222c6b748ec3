/**
 * Patterns: how what an operator computes is written in ops. A pattern is tried on a value of a trace, from the last op to
 * the first, and binds the values and ops in it to names.
 */

import { at } from "@graddiff/core/internal";
import type { SymbolicOperation } from "../trace/simplify.ts";
import type { View } from "./view.ts";

/** The ids that names are bound to. */
export type Found = ReadonlyMap<string, number>;

/** A trial: a trace, and what is bound so far. */
export interface Trial {
  readonly view: View;
  readonly bound: Map<string, number>;
}

/** True if a value is what the pattern says, and what follows holds with what it has bound. */
export type Pattern = (trial: Trial, id: number, then: () => boolean) => boolean;

/** Returns the values that a pattern binds; undefined where it does not hold. */
export function matched(view: View, pattern: Pattern, id: number): Found | undefined {
  const bound = new Map<string, number>();
  return pattern({ view, bound }, id, () => true) ? bound : undefined;
}

/** Returns a value, bound to a name. The same name is the same value. */
export function value(
  name: string,
  holds: (view: View, id: number) => boolean = () => true,
): Pattern {
  return ({ view, bound }, id, then) => {
    const known = bound.get(name);
    if (known !== undefined) return known === id && then();
    if (!holds(view, id)) return false;
    bound.set(name, id);
    if (then()) return true;
    bound.delete(name);
    return false;
  };
}

/** The pattern of a value that follows from no argument, such as a weight. */
export const fixed = (name: string): Pattern => value(name, (view, id) => view.isFixed(id));

/** Returns a constant number, or one that is a given one. */
export function number(wanted: string | number): Pattern {
  if (typeof wanted === "string") return value(wanted, (view, id) => view.number(id) !== undefined);
  return ({ view }, id, then) => view.number(id) === wanted && then();
}

/** Returns the op that a pattern holds for, bound to a name. */
export function as(name: string, pattern: Pattern): Pattern {
  const bind = value(name);
  return (trial, id, then) => bind(trial, id, () => pattern(trial, id, then));
}

const COMMUTATIVE: ReadonlySet<string> = new Set(["add", "mul", "maximum", "minimum"]);

/** Returns an application of an op. Sums, products and extremes are tried both ways. */
export function op(name: string, ...inputs: readonly Pattern[]): Pattern {
  return (trial, id, then) => {
    const node = trial.view.operation(id, name);
    if (node === undefined) return false;
    const inOrder = (given: SymbolicOperation["inputs"]) => {
      const from = (index: number): boolean => {
        const pattern = inputs[index];
        if (pattern === undefined) return then();
        return pattern(trial, at(given, index), () => from(index + 1));
      };
      return from(0);
    };
    if (inOrder(node.inputs)) return true;
    return COMMUTATIVE.has(name) && inOrder([...node.inputs].reverse());
  };
}

/** Returns the first of some patterns that holds. */
export function either(...patterns: readonly Pattern[]): Pattern {
  return (trial, id, then) => patterns.some((pattern) => pattern(trial, id, then));
}

/** A pattern, or one of what is reshaped into it. */
export const reshaped = (pattern: Pattern): Pattern => either(op("reshape", pattern), pattern);
