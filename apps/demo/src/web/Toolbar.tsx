/**
 * What can be done with the whole stage: fold, start over, copy the link, save the picture.
 */

import { useSignal } from "@preact/signals";
import { linkOf } from "../instrument/link.ts";
import type { Store } from "./store.ts";

export function Toolbar({ store }: { readonly store: Store }) {
  const { stage } = store.texts;
  const copied = useSignal("");
  const { folded = [] } = store.lesson.value;
  const isOpen = store.state.value.opened.length > 0;
  const copy = async () => {
    try {
      const link = new URL(linkOf(store.state.value), location.href);
      await navigator.clipboard.writeText(link.href);
      copied.value = stage.copied;
    } catch {
      // Not every page may write to the clipboard.
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
      {folded.length > 0 && (
        <button type="button" onClick={() => store.openAll(!isOpen)}>
          {isOpen ? stage.foldAll : stage.openAll}
        </button>
      )}
      <button type="button" disabled={!store.isChanged()} onClick={() => store.reset()}>
        {stage.reset}
      </button>
      <span class="spring" />
      <output class="copied">{copied}</output>
      <button type="button" onClick={copy}>
        {stage.copyLink}
      </button>
      <button type="button" onClick={save("saveSvg")}>
        {stage.saveSvg}
      </button>
      <button type="button" onClick={save("savePng")}>
        {stage.savePng}
      </button>
    </div>
  );
}
