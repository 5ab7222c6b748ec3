/** Another graph in the place of one, and of all inside of it. */

import type { Plan, Step } from "./plan.ts";

/** Makes another graph of a graph, and of each inside of it and of the functions that it calls. */
export function changed(plan: Plan, change: (plan: Plan, steps: readonly Step[]) => Plan): Plan {
  const done = new Map<Plan, Plan>();
  const each = (own: Plan): Plan => {
    const before = done.get(own);
    if (before !== undefined) return before;
    const steps = own.steps.map((step): Step => {
      // The graph of a gradient is made of the nodes around it.
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
