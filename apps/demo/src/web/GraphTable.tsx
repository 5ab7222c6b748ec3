/**
 * The graph as a table, for screen readers and for those who like tables.
 */

import { useSignal } from "@preact/signals";
import { later } from "./Later.tsx";
import type { Store } from "./store.ts";

const GraphRows = later(async () => (await import("./GraphRows.tsx")).GraphRows);

export function GraphTable({ store }: { readonly store: Store }) {
  const { table } = store.texts;
  const isOpen = useSignal(false);
  return (
    <details
      class="graph-table"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>{table.heading}</summary>
      {/* What scrolls must be reached by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above. */}
      <section class="scroll" aria-label={table.heading} tabIndex={0}>
        {isOpen.value && <GraphRows store={store} />}
      </section>
    </details>
  );
}
