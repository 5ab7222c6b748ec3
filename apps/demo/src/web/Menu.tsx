/**
 * The actions on the whole stage: start over, open the network, copy the link, save the picture, and the tools of
 * teachers.
 */

import { useSignal } from "@preact/signals";
import { linkOf } from "../instrument/link.ts";
import type { Store } from "./store.ts";

export function Menu({ store }: { readonly store: Store }) {
  const { stage, teacher } = store.texts;
  const copied = useSignal("");
  const isOpen = store.state.value.opened.length > 0;
  const hasFolded = store.arranged.value.foldable.size > 0;
  const copy = async () => {
    try {
      const link = new URL(linkOf(store.state.value), location.href);
      await navigator.clipboard.writeText(link.href);
      copied.value = stage.copied;
    } catch {
      // The browser may forbid the page to write to the clipboard.
      copied.value = stage.notCopied;
    }
    setTimeout(() => {
      copied.value = "";
    }, 2500);
  };
  const save = (kind: "saveSvg" | "savePng") => async (event: Event) => {
    const button = event.currentTarget as Element;
    const drawn = button.closest(".stage")?.querySelector<SVGSVGElement>("svg.graph");
    const pictures = await import("./picture.ts");
    if (drawn) await pictures[kind](drawn, `graddiff-${store.lesson.value.name}`);
  };
  return (
    <div class="toolbar">
      <output class="copied">{copied}</output>
      {store.isChanged() && (
        <button type="button" class="reset" onClick={() => store.reset()}>
          {stage.reset}
        </button>
      )}
      <details class="menu">
        <summary aria-label={stage.menu}>⋯</summary>
        <div class="menu-items">
          {hasFolded && (
            <button type="button" onClick={() => store.openAll(!isOpen)}>
              {isOpen ? stage.foldAll : stage.openAll}
            </button>
          )}
          <button type="button" onClick={copy}>
            {stage.copyLink}
          </button>
          <button type="button" onClick={save("saveSvg")}>
            {stage.saveSvg}
          </button>
          <button type="button" onClick={save("savePng")}>
            {stage.savePng}
          </button>
          <button
            type="button"
            onClick={() => {
              store.isPresented.value = true;
            }}
          >
            {teacher.presenter}
          </button>
          <button
            type="button"
            onClick={async () => (await import("./teacher.ts")).printBlanks(store)}
          >
            {teacher.blanks}
          </button>
        </div>
      </details>
    </div>
  );
}
