/**
 * Forward and reverse mode side by side: a switch, and the work of each.
 */

import { forwardCost, reverseCost } from "../instrument/modes.ts";
import type { Store } from "./store.ts";

export function Modes({ store }: { readonly store: Store }) {
  const lesson = store.lesson.value;
  if (lesson.forwardOnly === true) return null;
  const { modes } = store.texts;
  const mode = store.mode.value;
  // An edit of a number does not change the costs, so the graph is read without a subscription.
  const graph = store.graph.peek();
  const inputs = graph.nodes.filter(({ kind, name }) => kind === "input" && name !== undefined);
  const by = mode.kind === "forward" ? mode.by : (inputs[0]?.name ?? "");
  const choose = (next: string) => store.update({ mode: next, place: undefined });
  const reverse = reverseCost(graph);
  const forward = forwardCost(graph);
  return (
    <section class="modes" aria-label={modes.heading}>
      <fieldset>
        <legend>{modes.heading}</legend>
        <label>
          <input
            type="radio"
            name="mode"
            checked={mode.kind === "reverse"}
            onChange={() => choose("reverse")}
          />
          {modes.reverse}
        </label>
        <label>
          <input
            type="radio"
            name="mode"
            checked={mode.kind === "forward"}
            onChange={() => choose(by)}
          />
          {modes.forward}
        </label>
        <label class="by">
          {modes.by}
          <select
            value={by}
            disabled={mode.kind === "reverse"}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {inputs.map(({ id, name }) => (
              <option key={name} value={name}>
                {store.nameOf(id)}
              </option>
            ))}
          </select>
        </label>
      </fieldset>
      <button
        type="button"
        class="side-by-side"
        onClick={() => store.update({ both: true, mode: "reverse", place: undefined, card: false })}
      >
        {store.texts.both.heading}
      </button>
      <p class="costs">
        <span class="cost reverse">{modes.reverseCost(reverse.passes, reverse.operations)}</span>
        <span class="cost forward">{modes.forwardCost(forward.passes, forward.operations)}</span>
      </p>
    </section>
  );
}
