/**
 * The graph as a table, for screen readers and for those who like tables.
 */

import { useSignal } from "@preact/signals";
import type { Store } from "./store.ts";

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
        {isOpen.value && <Rows store={store} />}
      </section>
    </details>
  );
}

function Rows({ store }: { readonly store: Store }) {
  const { table, node: words } = store.texts;
  const { layout } = store.arranged.value;
  const graph = store.graph.value;
  const readings = store.readings.value;
  const rows = [...layout.nodes].sort((a, b) => a.id - b.id);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{table.node}</th>
          <th scope="col">{table.operation}</th>
          <th scope="col">{table.inputs}</th>
          <th scope="col">{table.value}</th>
          <th scope="col">{table.gradient}</th>
          <th scope="col">{table.parts}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id }) => {
          const node = graph.nodes[id];
          const routes = layout.routes.filter(({ to }) => to === id);
          const kind = node?.kind === "constant" ? words.constant : words.input;
          const parts = routes.flatMap((route) => {
            const text = readings.productText(route);
            return text === "" ? [] : [`${store.nameOf(route.from)}: ${text}`];
          });
          return (
            <tr key={id}>
              <th scope="row">{store.nameOf(id)}</th>
              <td>{node?.op?.symbol ?? kind}</td>
              <td>{[...new Set(routes.map(({ from }) => store.nameOf(from)))].join(", ")}</td>
              <td class="value">{readings.value(id)}</td>
              <td class="gradient">{readings.derivative(id)}</td>
              <td>{parts.join("; ")}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
