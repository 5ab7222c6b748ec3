/** Replacement of a graph and of all graphs inside it. */

import type { Plan, Step } from "./plan.ts";

/** Applies a change to a graph, to each graph inside it, and to the functions that it calls. */
export function changed(plan: Plan, change: (plan: Plan, steps: readonly Step[]) => Plan): Plan {
  const done = new Map<Plan, Plan>();
  const each = (own: Plan): Plan => {
    const before = done.get(own);
    if (before !== undefined) return before;
    const steps = own.steps.map((step): Step => {
      // A Gradient stays, since its graph consists of nodes around it.
      if (step.operator.endsWith(".Gradient")) return step;
      if (step.graphs.size === 0 && !("steps" in step.does)) return step;
      const graphs = new Map([...step.graphs].map(([name, graph]) => [name, each(graph)]));
      return { ...step, graphs, does: "steps" in step.does ? each(step.does) : step.does };
    });
    const next = change(own, steps);
    done.set(own, next);
    return next;
  };
  return each(plan);
}
